/** Judges the sinks of a draft with the schemas of their kinds and fills in what both leave open. */
import { z } from 'zod'
import { type Draft, isMap, type Path, pathText } from './draft.ts'
import { problemsOf } from './issue.ts'
import type { Origin } from './origin.ts'
import { didYouMean, type Problem } from './problem.ts'
import { namesIn } from './schema-names.ts'
import type { SinkConfig, SinkDescription, SinkRegistry } from './sink-config.ts'
import { sinkOptions } from './sink-options.ts'

export interface SinksReading {
  sinks: Record<string, SinkConfig>
  /** Origins of what was filled in, by path, beside those of the draft. */
  filled: Map<string, Origin>
  problems: Problem[]
}

const common = Object.keys(sinkOptions.shape)

export function readSinks(draft: Draft, kinds: SinkRegistry): SinksReading {
  const result: SinksReading = { sinks: {}, filled: new Map(), problems: [] }
  const written = draft.get(['sinks'])
  for (const id of isMap(written) ? Object.keys(written) : []) {
    const sink = readSink(id, draft, kinds, result)
    if (sink !== null) result.sinks[id] = sink
  }
  return result
}

function readSink(id: string, draft: Draft, kinds: SinkRegistry, result: SinksReading): SinkConfig | null {
  const at = ['sinks', id]
  const written = draft.get(at)
  const complain = (path: Path, what: string) =>
    result.problems.push({ where: pathText(path), what, origin: draft.originOf(path) })
  if (!isMap(written)) {
    complain(at, 'expected a map of options, with `kind` at least')
    return null
  }
  const kind = findKind(written.kind, kinds, (what) => complain([...at, 'kind'], what))
  const pick = (isWanted: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(written).filter(([key]) => isWanted(key)))
  const base = sinkOptions.safeParse(pick((key) => common.includes(key)))
  if (!base.success) {
    // The name of the kind is judged on its own, with a suggestion.
    const issues = base.error.issues.filter((issue) => issue.path[0] !== 'kind')
    const namesAt = (path: Path) => namesIn(sinkOptions, path)
    result.problems.push(...problemsOf(new z.ZodError(issues), { draft, at, namesAt }))
  }
  if (kind === null) return null
  const own = kind.options.safeParse(pick((key) => !common.includes(key)))
  if (!own.success) {
    const namesAt = (path: Path) => [...(path.length === 0 ? common : []), ...namesIn(kind.options, path)]
    result.problems.push(...problemsOf(own.error, { draft, at, namesAt, own: kind.options }))
  }
  if (!base.success || !own.success) return null
  const { baseUrl, apiKey, enabled, allowPrivate } = base.data
  const address = baseUrl ?? kind.baseUrl?.(own.data) ?? null
  if (baseUrl === undefined && address !== null) {
    result.filled.set(pathText([...at, 'baseUrl']), { kind: 'sink', sink: kind.name })
  }
  if (apiKey !== undefined && address === null) {
    complain([...at, 'apiKey'], 'has nowhere to go: credentials are only sent to `baseUrl`, which is missing')
  }
  return {
    id,
    kind: kind.name,
    enabled,
    baseUrl: address,
    apiKey: apiKey ?? null,
    allowPrivate,
    options: own.data,
  }
}

function findKind(name: unknown, kinds: SinkRegistry, complain: (what: string) => void): SinkDescription | null {
  const known = kinds.map((kind) => kind.name)
  const kind = kinds.find((each) => each.name === name)
  if (kind !== undefined) return kind
  complain(
    typeof name === 'string'
      ? `unknown kind of sink \`${name.slice(0, 60)}\`${didYouMean(name, known) || `; known: ${known.join(', ')}`}`
      : `is missing: expected one of ${known.join(', ')}`,
  )
  return null
}

/** Names of sinks where results are to go: each must be configured. */
export function checkDeliverTo(
  names: readonly string[],
  path: Path,
  { draft, sinks }: { draft: Draft; sinks: Readonly<Record<string, SinkConfig>> },
): Problem[] {
  const written = draft.get(['sinks'])
  return names.flatMap((name) => {
    // A sink that is there and wrong has its own problems already.
    if (Object.hasOwn(sinks, name) || (isMap(written) && Object.hasOwn(written, name))) return []
    const known = Object.keys(sinks)
    const near =
      didYouMean(name, known) || (known.length > 0 ? `; there are ${known.join(', ')}` : '; add one under `sinks`')
    return [{ where: pathText(path), what: `there is no sink \`${name}\`${near}`, origin: draft.originOf(path) }]
  })
}
