/** What a type in somebody's table means here: which operation, and which source did it. Pure. */
import type { Source } from '@becket/client'
import { suggest } from '../../core/suggest.ts'

/** As `--map type=operation@source` says it. */
export interface Mapping {
  type: string
  operation: string
  source: string | null
}

export type Meaning = { kind: 'known'; source: Source; operation: string } | { kind: 'unknown'; reason: string }

const NCA = 'nca-toolkit'

/** By the names that the first users gave them. */
const known: Readonly<Record<string, { providers: readonly string[]; operation: string }>> = {
  combine: { providers: [NCA], operation: 'combine' },
  concatenate: { providers: [NCA], operation: 'concatenate' },
  add_music: { providers: [NCA], operation: 'add_music' },
  caption: { providers: [NCA], operation: 'caption' },
  transcribe: { providers: [NCA], operation: 'transcribe' },
  image_zoom: { providers: [NCA], operation: 'image_to_video' },
  image_to_video: { providers: [NCA], operation: 'image_to_video' },
  video: { providers: ['piapi'], operation: 'video' },
  music: { providers: ['piapi'], operation: 'music' },
  parse: { providers: ['llamaparse'], operation: 'parse' },
}

/** Answered at once: when the request ended, so did the job. */
const atOnce: ReadonlySet<string> = new Set(['voiceover', 'image'])

export function meaningOf(
  type: string | null,
  {
    sources,
    mappings,
    source: chosen,
  }: { sources: readonly Source[]; mappings: readonly Mapping[]; source: string | null },
): Meaning {
  if (type === null) return unknown('its row says no type; fill that in, or name the field of types by --type-field')
  const word = wordOf(type)
  const mapping = mappings.find((each) => wordOf(each.type) === word)
  if (mapping === undefined && atOnce.has(word)) {
    return unknown(`${type} is answered at once, so that nothing is awaited; run it again`)
  }
  const meant = mapping === undefined ? known[word] : { providers: null, operation: mapping.operation }
  if (meant === undefined)
    return unknown(`nothing is known of the type ${type}; say what it is by --map '${type}=OPERATION'`)
  const { providers, operation } = meant
  const name = mapping?.source ?? chosen
  const candidates = sources.filter(({ id, provider }) =>
    name === null ? (providers?.includes(provider) ?? true) && hasOperation(sources, id, operation) : id === name,
  )
  const [source, another] = candidates
  if (source === undefined) return unknown(whyNoSource(name, providers, operation, sources))
  if (another !== undefined) {
    const ids = candidates.map(({ id }) => id).join(' and ')
    return unknown(`sources ${ids} both do ${operation}; choose one by --source`)
  }
  if (!hasOperation(sources, source.id, operation)) return unknown(`source ${source.id} has no operation ${operation}`)
  return { kind: 'known', source, operation }
}

function hasOperation(sources: readonly Source[], id: string, operation: string): boolean {
  const operations = sources.find((source) => source.id === id)?.operations ?? []
  return operations.some(({ name }) => name === operation || name === '*')
}

function whyNoSource(
  name: string | null,
  providers: readonly string[] | null,
  operation: string,
  sources: readonly Source[],
): string {
  const ids = sources.map(({ id }) => id)
  if (name !== null) {
    const near = suggest(name, ids)
    return `there is no source ${name}${near === undefined ? '' : `, did you mean ${near}?`}`
  }
  const provider = providers === null ? '' : ` of the provider ${providers.join(' or ')}`
  return `no source${provider} does ${operation}; add one under \`sources:\` in becket.yaml`
}

function unknown(reason: string): Meaning {
  return { kind: 'unknown', reason }
}

/** `Add Music`, `add-music` and `ADD_MUSIC` are one. */
function wordOf(type: string): string {
  return type
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
}
