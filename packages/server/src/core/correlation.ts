/**
 * What ties a callback to its expectation: the hashes that both are looked up by, the identity of a delivery, and the
 * order in which the ways to find an expectation are tried. Looks nothing up.
 */
import { digestOf } from './digest.ts'
import { isId } from './id.ts'

/** How an expectation may be found, the surest way first. */
export type CorrelationCandidate =
  | { by: 'expectation'; from: 'token' | 'payload' | 'url'; expectationId: string }
  | { by: 'external-id'; from: 'payload' | 'url'; externalId: string }
  /** `operation`: null where the URL does not say, so that every operation of the source has to be tried. */
  | { by: 'key'; from: 'url'; key: string; operation: string | null }
  | { by: 'job'; from: 'url'; jobId: string }

// 1,000: more than are under way at once.
const REMEMBERED = 1_000
// 512 characters, as many as an application may name. What a callback says may be as long as its body, and is not kept.
const LONGEST_REMEMBERED = 512
const correlations = new Map<string, Buffer>()

/** Who reports an id, who folds it and who looks it up ask for the same one within a moment: it is hashed once. */
export function correlationKey(source: string, externalId: string): Buffer {
  if (externalId.length > LONGEST_REMEMBERED) return hashOf(source, externalId)
  const named = `${source}\0${externalId}`
  const known = correlations.get(named)
  if (known !== undefined) return known
  const hash = hashOf(source, externalId)
  if (correlations.size >= REMEMBERED) correlations.clear()
  correlations.set(named, hash)
  return hash
}

function hashOf(source: string, externalId: string): Buffer {
  return digestOf('becket correlation', [source, externalId])
}

export function keyHash(source: string, operation: string, key: string): Buffer {
  return digestOf('becket expectation key', [source, operation, key])
}

/**
 * The identity of a delivery. `scope` is the id of the expectation that its token names, or else the path it came to.
 * Without an event id, the same body is the same delivery.
 */
export function dedupKey(delivery: {
  source: string
  scope: string
  eventId: string | null
  bodyHash: Buffer
}): Buffer {
  const { source, scope, eventId, bodyHash } = delivery
  const identity = isBlank(eventId) ? ['body', bodyHash] : ['event', eventId]
  return digestOf('becket delivery', [source, scope, ...identity])
}

// What the first users' URLs and other people's templates call the same thing.
const EXTERNAL_ID_HINTS = ['external_id', 'externalId', 'job_id', 'jobId', 'id']
const KEY_HINTS = ['key', 'job_id', 'jobId']
const OWN_ID_HINTS = ['expectation_id', 'expectationId', 'expectation', 'job_id', 'jobId', 'id']

export function correlationCandidates(known: {
  tokenExpectationId: string | null
  payloadExternalId: string | null
  /** What the URL says. */
  hints: Record<string, string>
}): CorrelationCandidate[] {
  const { tokenExpectationId, payloadExternalId, hints } = known
  const candidates: CorrelationCandidate[] = []
  if (tokenExpectationId !== null)
    candidates.push({ by: 'expectation', from: 'token', expectationId: tokenExpectationId })
  if (!isBlank(payloadExternalId)) {
    // A provider that echoes our own id, where it was given one, names the expectation itself.
    if (isId('expectation', payloadExternalId)) {
      candidates.push({ by: 'expectation', from: 'payload', expectationId: payloadExternalId })
    }
    candidates.push({ by: 'external-id', from: 'payload', externalId: payloadExternalId })
  }
  if (Object.keys(hints).length === 0) return firstOfEach(candidates)
  const operation = hintsOf(hints, ['operation'])[0] ?? null
  for (const externalId of hintsOf(hints, EXTERNAL_ID_HINTS))
    candidates.push({ by: 'external-id', from: 'url', externalId })
  for (const key of hintsOf(hints, KEY_HINTS)) candidates.push({ by: 'key', from: 'url', key, operation })
  for (const id of hintsOf(hints, OWN_ID_HINTS)) {
    if (isId('expectation', id)) candidates.push({ by: 'expectation', from: 'url', expectationId: id })
    if (isId('job', id)) candidates.push({ by: 'job', from: 'url', jobId: id })
  }
  return firstOfEach(candidates)
}

function hintsOf(hints: Record<string, string>, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = Object.hasOwn(hints, name) ? hints[name] : undefined
    return isBlank(value) ? [] : [value]
  })
}

/** Nothing, or what a template makes of nothing: `?job_id=null`, `undefined`, `None`, or `{job_id}` never filled in. */
function isBlank(value: string | null | undefined): value is null | undefined | '' {
  if (value === null || value === undefined) return true
  const text = value.trim()
  return text === '' || /^(?:null|undefined|none|nil|nan)$/i.test(text) || /^\{.*\}$/.test(text)
}

function firstOfEach(candidates: CorrelationCandidate[]): CorrelationCandidate[] {
  const seen = new Set<string>()
  return candidates.filter((candidate) => {
    // Where it came from does not make it another way: the surer origin stands first.
    const way = wayOf(candidate)
    return !seen.has(way) && seen.add(way)
  })
}

function wayOf(candidate: CorrelationCandidate): string {
  switch (candidate.by) {
    case 'expectation':
      return `expectation ${candidate.expectationId}`
    case 'external-id':
      return `external-id ${candidate.externalId}`
    case 'key':
      return `key ${JSON.stringify([candidate.operation, candidate.key])}`
    case 'job':
      return `job ${candidate.jobId}`
    default:
      return candidate satisfies never
  }
}
