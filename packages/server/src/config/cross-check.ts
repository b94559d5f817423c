/** What no option can say alone: options that need each other, and what production does not allow. */

import { signsAddress } from '../core/signature/scheme-of.ts'
import type { Variables } from './dotenv.ts'
import { type Draft, pathText } from './draft.ts'
import { mockNamesSet, originOfName } from './first-users.ts'
import { didYouMean, type Problem } from './problem.ts'
import { retentionProblems } from './retention-options.ts'
import type { Options } from './schema.ts'
import type { ProviderRegistry, SourceConfig } from './source-config.ts'

interface Judged {
  options: Options
  sources: Record<string, SourceConfig>
  draft: Draft
  variables: Variables
}

export function crossCheck({ options, sources, draft, variables }: Judged): {
  problems: Problem[]
  warnings: string[]
} {
  const problems: Problem[] = []
  const warnings: string[] = []
  const complain = (path: (string | number)[], what: string) =>
    problems.push({ where: pathText(path), what, origin: draft.originOf(path) })

  if (options.worker.retryCap < options.worker.retryBase) {
    complain(['worker', 'retryCap'], 'is shorter than `worker.retryBase`; make it longer')
  }
  for (const [name, what] of retentionProblems(options.retention)) complain(['retention', name], what)
  const { chunk, directUploads, encryptionKey } = options.documents
  if (directUploads && (options.storage.kind === 'fs' || encryptionKey !== undefined)) {
    const why =
      encryptionKey === undefined
        ? '`storage.kind: fs` signs no addresses; use `s3` or `supabase`, or remove this'
        : 'what goes past Becket is not encrypted; remove this, or `documents.encryptionKey`'
    complain(['documents', 'directUploads'], `cannot be: ${why}`)
  }
  if (chunk.minTokens > chunk.maxTokens) {
    complain(['documents', 'chunk', 'minTokens'], 'is more than `documents.chunk.maxTokens`; make it smaller')
  }
  repeated(options.serverKeys.map((key) => key.id)).forEach((id) => {
    complain(['serverKeys'], `the id \`${id}\` stands twice; each key needs its own`)
  })
  const paths = Object.values(sources).flatMap((source) => source.paths.map((path) => ({ path, id: source.id })))
  for (const shape of repeated(paths.map(({ path }) => shapeOf(path)))) {
    const owners = paths.filter(({ path }) => shapeOf(path) === shape)
    const last = owners.at(-1)
    const names = [...new Set(owners.map(({ id }) => id))].join(' and ')
    if (last)
      complain(['sources', last.id, 'paths'], `\`${last.path}\` leads to more than one source (${names}); keep one`)
  }

  for (const { id, verify } of Object.values(sources)) {
    if (options.publicUrl === undefined && signsAddress(verify)) {
      warnings.push(
        `sources.${id}.verify: ${verify.scheme} signs the address that is called; set publicUrl to what the provider calls, else a proxy in between makes every signature wrong`,
      )
    }
  }

  if (options.environment === 'production') {
    const mocks = mockNamesSet(variables)
    for (const name of mocks) {
      const what = 'asks for a mock and is refused in production; remove the variable'
      problems.push({ where: name, what, origin: originOfName(variables, name) })
    }
    if (options.publicUrl === undefined && Object.values(sources).some((source) => source.enabled)) {
      complain(['publicUrl'], 'is missing: in production, providers need an address to call back')
    }
    // A key that a person made up is guessed within hours once the API is reachable.
    if (options.apiKey !== undefined && options.apiKey.length < 20) {
      complain(['apiKey'], 'is too short for production: expected at least 20 characters (`openssl rand -hex 24`)')
    }
    if (options.publicUrl?.startsWith('http://'))
      warnings.push('publicUrl is not https: many providers refuse to call it')
    for (const source of Object.values(sources)) {
      if (source.baseUrl?.startsWith('http://'))
        warnings.push(`sources.${source.id}.baseUrl is not https: its key travels in the open`)
    }
  }
  return { problems, warnings }
}

/** The source that does an operation of a pipeline: the one named, else the first that can. */
export function chooseSource(
  operation: 'parse' | 'embed' | 'combine',
  named: string | undefined,
  path: string[],
  around: { sources: Record<string, SourceConfig>; providers: ProviderRegistry; draft: Draft },
): { id: string | null; problems: Problem[] } {
  const able = Object.values(around.sources).filter((source) => Object.hasOwn(source.operations, operation))
  if (named === undefined) return { id: able.find((source) => source.enabled)?.id ?? null, problems: [] }
  if (able.some((source) => source.id === named)) return { id: named, problems: [] }
  const written = around.draft.get(['sources'])
  const isThere = Object.hasOwn(around.sources, named)
  // A source that is there and wrong has its own problems already.
  if (!isThere && typeof written === 'object' && written !== null && Object.hasOwn(written, named)) {
    return { id: null, problems: [] }
  }
  const can = able.map((source) => source.id)
  const near =
    didYouMean(named, can) || (can.length > 0 ? `; those that can: ${can.join(', ')}` : '; add one under `sources`')
  const what = isThere ? `the source \`${named}\` cannot ${operation}${near}` : `there is no source \`${named}\`${near}`
  return { id: null, problems: [{ where: pathText(path), what, origin: around.draft.originOf(path) }] }
}

/** `/a/{x}` and `/a/{y}` take the same requests. */
const shapeOf = (path: string) => path.replace(/\{[^}]*\}/g, '{}').replace(/\/+$/, '')

function repeated(words: readonly string[]): string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))]
}
