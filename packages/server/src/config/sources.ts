/** Judges the sources of a draft with the schemas of their providers and fills in what both leave open. */
import { z } from 'zod'
import type { PaceLimit } from '../core/pace-gate.ts'
import { faultsOfPlan, learnedPlan, type PollPlan } from '../core/poll-plan.ts'
import { type Draft, isMap, type Path, pathText } from './draft.ts'
import type { PollingTimes } from './first-users-sources.ts'
import { problemsOf, unknownOption } from './issue.ts'
import type { Origin } from './origin.ts'
import { toPlan } from './plan.ts'
import { didYouMean, type Problem } from './problem.ts'
import { isModulePath } from './provider-modules.ts'
import { namesIn } from './schema-names.ts'
import type { OperationConfig, ProviderDescription, ProviderRegistry, SourceConfig } from './source-config.ts'
import { operationOptions, sourceOptions } from './source-options.ts'
import { verifyConfigOf, verifyOptions } from './verify-options.ts'

export interface SourcesReading {
  sources: Record<string, SourceConfig>
  /** Origins of what was filled in, by path, beside those of the draft. */
  filled: Map<string, Origin>
  problems: Problem[]
}

interface Surroundings {
  draft: Draft
  times: PollingTimes
  providers: ProviderRegistry
  result: SourcesReading
}

const common = Object.keys(sourceOptions.shape)
const withOperations = [...common, 'operations']

export function readSources(draft: Draft, times: PollingTimes, providers: ProviderRegistry): SourcesReading {
  const result: SourcesReading = { sources: {}, filled: new Map(), problems: [] }
  const written = draft.get(['sources'])
  for (const id of isMap(written) ? Object.keys(written) : []) {
    const source = readSource(id, { draft, times, providers, result })
    if (source !== null) result.sources[id] = source
  }
  return result
}

function readSource(id: string, around: Surroundings): SourceConfig | null {
  const { draft, result } = around
  const at = ['sources', id]
  const written = draft.get(at)
  const complain = (path: Path, what: string) =>
    result.problems.push({ where: pathText(path), what, origin: draft.originOf(path) })
  if (!isMap(written)) {
    complain(at, 'expected a map of options, with `provider` at least')
    return null
  }
  const provider = findProvider(written.provider, at, around)
  const before = result.problems.length
  const pick = (isWanted: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(written).filter(([key]) => isWanted(key)))
  const base = sourceOptions.safeParse(pick((key) => common.includes(key)))
  // The provider's name is judged on its own, with a suggestion.
  if (!base.success) {
    const issues = base.error.issues.filter((issue) => issue.path[0] !== 'provider')
    const namesAt = (path: Path) => namesIn(sourceOptions, path)
    result.problems.push(...problemsOf(new z.ZodError(issues), { draft, at, namesAt }))
  }
  if (provider === null) return null
  const own = provider.options.safeParse(pick((key) => !withOperations.includes(key)))
  if (!own.success) {
    const namesAt = (path: Path) => [...(path.length === 0 ? withOperations : []), ...namesIn(provider.options, path)]
    result.problems.push(...problemsOf(own.error, { draft, at, namesAt, own: provider.options }))
  }
  const operations = readOperations(provider, written.operations, at, around)
  if (!base.success || !own.success || result.problems.length > before) return null
  const { baseUrl, apiKey, verify, rate, checks, ...rest } = base.data
  const address = baseUrl ?? provider.baseUrl?.(own.data) ?? null
  if (baseUrl === undefined && address !== null) fill(result, [...at, 'baseUrl'], provider)
  if (apiKey !== undefined && address === null) {
    complain([...at, 'apiKey'], 'has nowhere to go: credentials are only sent to `baseUrl`, which is missing')
  }
  const scheme = verify ?? verifyOptions.parse(provider.verify?.(own.data) ?? { scheme: 'none' })
  if (verify === undefined && scheme.scheme !== 'none') fill(result, [...at, 'verify'], provider)
  const limits = rateOf(rate, provider.rate)
  return {
    id,
    ...rest,
    baseUrl: address,
    apiKey: apiKey ?? null,
    verify: verifyConfigOf(scheme),
    operations,
    ...limits,
    checksPerMinute: checks?.perMinute ?? usualChecks(limits.rate),
    options: own.data,
    ...(provider.module !== undefined && { provider: provider.name, module: provider.module.path }),
  }
}

// 600: of two thousand jobs whose callbacks fail altogether, each is asked about every few minutes.
const USUAL_CHECKS = 600

/** Half of what the API may be called at is left for the work itself. */
function usualChecks(rate: PaceLimit | undefined): number {
  return rate === undefined ? USUAL_CHECKS : Math.min(USUAL_CHECKS, Math.max(1, Math.floor(rate.perSecond * 30)))
}

function rateOf(
  written: z.output<typeof sourceOptions>['rate'],
  ofProvider: PaceLimit | undefined,
): { rate?: PaceLimit } {
  if (written === undefined) return ofProvider === undefined ? {} : { rate: ofProvider }
  const { perSecond, burst = Math.max(1, Math.ceil(perSecond)) } = written
  return { rate: { perSecond, burst } }
}

function findProvider(name: unknown, at: Path, { draft, providers, result }: Surroundings): ProviderDescription | null {
  const path = [...at, 'provider']
  const known = providers.map((provider) => provider.module?.written ?? provider.name)
  const provider = providers.find((each) => (each.module?.written ?? each.name) === name)
  if (provider !== undefined) return provider
  // Why it did not load is told already.
  if (isModulePath(name)) return null
  const what =
    typeof name === 'string'
      ? `unknown provider \`${name.slice(0, 60)}\`${didYouMean(name, known) || `; known: ${known.join(', ')}`}`
      : `is missing: expected one of ${known.join(', ')}`
  result.problems.push({ where: pathText(path), what, origin: draft.originOf(path) })
  return null
}

function readOperations(provider: ProviderDescription, written: unknown, at: Path, around: Surroundings) {
  const { draft, result } = around
  const here = [...at, 'operations']
  const operations: Record<string, OperationConfig> = {}
  if (written !== undefined && !isMap(written)) {
    const what = 'expected a map from operations to their options'
    result.problems.push({ where: pathText(here), what, origin: draft.originOf(here) })
    return operations
  }
  // A provider that knows no names of its own has defaults for any: `*`.
  const { '*': defaultsOfAny, ...named } = provider.operations
  const wanted: ProviderDescription['operations'] = { ...provider.operations }
  for (const name of Object.keys(written ?? {})) {
    if (defaultsOfAny !== undefined) wanted[name] = defaultsOfAny
    else if (!Object.hasOwn(named, name)) {
      result.problems.push(unknownOption([...here, name], Object.keys(named), draft))
    }
  }
  for (const [name, defaults] of Object.entries(wanted)) {
    const read = operationOptions.safeParse(written?.[name] ?? {})
    if (!read.success) {
      const namesAt = (path: Path) => namesIn(operationOptions, path)
      result.problems.push(...problemsOf(read.error, { draft, at: [...here, name], namesAt }))
      continue
    }
    operations[name] = fillOperation(read.data, [...here, name], provider, defaults, around)
  }
  return operations
}

function fillOperation(
  read: z.output<typeof operationOptions>,
  at: Path,
  provider: ProviderDescription,
  defaults: ProviderDescription['operations'][string],
  { draft, times, result }: Surroundings,
): OperationConfig {
  function fallBack<Value>(
    option: string,
    written: Value | undefined,
    time: { value: Value; name: string } | undefined,
    last: Value,
  ): Value {
    if (written !== undefined) return written
    if (time === undefined) fill(result, [...at, option], provider)
    else result.filled.set(pathText([...at, option]), { kind: 'env', name: time.name, dotenv: false, firstUsers: true })
    return time?.value ?? last
  }
  const planTime = times.plan
  const operation: OperationConfig = {
    expectWithinMs: fallBack('expectWithin', read.expectWithin, times.expectWithin, defaults.expectWithinMs),
    deadlineMs: fallBack('deadline', read.deadline, times.deadline, defaults.deadlineMs),
    plan: read.plan === undefined ? (planTime?.value ?? learnedPlan) : toPlan(read.plan),
    resubmit: fallBack('resubmit', read.resubmit, undefined, defaults.resubmit),
    ...(read.concurrency !== undefined && { concurrency: read.concurrency }),
  }
  if (read.plan === undefined && planTime !== undefined) fallBack<PollPlan>('plan', undefined, planTime, learnedPlan)
  for (const fault of faultsOfPlan(operation.plan)) {
    const path = [...at, 'plan']
    result.problems.push({ where: pathText(path), what: fault, origin: draft.originOf(path) })
  }
  if (operation.deadlineMs < operation.expectWithinMs) {
    const path = [...at, 'deadline']
    result.problems.push({
      where: pathText(path),
      what: 'is before `expectWithin`; make it later',
      origin: draft.originOf(path),
    })
  }
  return operation
}

function fill(result: SourcesReading, path: Path, provider: ProviderDescription): void {
  result.filled.set(pathText(path), { kind: 'provider', provider: provider.name })
}
