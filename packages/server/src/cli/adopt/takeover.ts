/**
 * Takes jobs over through the client: each is registered under a key of its own, asked about at once, and followed until it
 * ends or the time is over. Done twice, it registers nothing new. Writes to nobody else's table.
 */
import { type Becket, BecketError, type Expectation, outcomeOf, type RegisterExpectation } from '@becket/client'
import type { Takeover } from './plan.ts'
import type { StuckJob } from './stuck-job.ts'

export interface TakeoverOptions {
  becket: Becket
  /** Where results go, or nowhere. */
  deliverTo: readonly string[]
  /** What the jobs were read from, for the record. */
  from: string
  waitMs: number
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects when it is to be left. */
  rest(ms: number): Promise<void>
  signal: AbortSignal
  onEnded?(ended: number, of: number): void
}

export type Adopted =
  /** `isNew`: not by an earlier run. */
  | { kind: 'registered'; takeover: Takeover; isNew: boolean; expectation: Expectation }
  | { kind: 'refused'; takeover: Takeover; code: string; message: string }

const FIRST_REST_MS = 250
// 5 s: what takes longer than a few looks takes minutes, and nobody notices five seconds of them.
const LONGEST_REST_MS = 5_000

export async function takeOver(takeovers: readonly Takeover[], options: TakeoverOptions): Promise<Adopted[]> {
  const adopted: Adopted[] = []
  for (const takeover of takeovers) {
    if (options.signal.aborted) break
    adopted.push(await register(takeover, options))
  }
  return follow(adopted, options)
}

async function register(takeover: Takeover, options: TakeoverOptions): Promise<Adopted> {
  const { becket } = options
  try {
    const { expectation, isNew } = await registered(takeover, options)
    if (outcomeOf(expectation) !== null) return { kind: 'registered', takeover, isNew, expectation }
    // Somebody handed it in long ago: nothing is to be waited for before it is looked for.
    if (expectation.state === 'registered') await becket.expectations.dispatched(expectation.id, { externalId: null })
    return { kind: 'registered', takeover, isNew, expectation: await askNow(becket, expectation.id) }
  } catch (error) {
    // What concerns this one alone; anything else would meet every one that follows.
    if (!(error instanceof BecketError) || error.status < 400 || error.status >= 500) throw error
    if (error.status === 401 || error.status === 403) throw error
    return { kind: 'refused', takeover, code: error.code, message: error.detail }
  }
}

async function registered(
  takeover: Takeover,
  { becket, deliverTo, from }: TakeoverOptions,
): Promise<{ expectation: Expectation; isNew: boolean }> {
  const { job, key, source, operation, artifact } = takeover
  const spec: RegisterExpectation = {
    source,
    operation,
    key,
    submittedAt: new Date(job.sinceMs).toISOString(),
    input: recordOf(job, from),
    ...(job.externalId === null ? {} : { externalId: job.externalId }),
    ...(artifact === null ? {} : { artifact }),
    ...(deliverTo.length === 0 ? {} : { deliverTo: [...deliverTo] }),
  }
  try {
    return await becket.expect(spec)
  } catch (error) {
    if (!(error instanceof BecketError) || error.code !== 'KEY_REUSED') throw error
    // Taken over before, with other flags or before its row was changed: it is the same job.
    const page = await becket.expectations.list({ source, operation, key, limit: 1 })
    const [before] = page.items
    if (before === undefined) throw error
    return { expectation: await becket.expectations.get(before.id), isNew: false }
  }
}

/** What does not change from one run to the next, so that a repeat is known for what it is. */
function recordOf({ id, type }: StuckJob, from: string) {
  return { adopted: { from, id, type } }
}

async function askNow(becket: Becket, id: string): Promise<Expectation> {
  try {
    return await becket.expectations.check(id)
  } catch (error) {
    // It ended between two requests.
    if (error instanceof BecketError && error.code === 'STATE_CONFLICT') return becket.expectations.get(id)
    throw error
  }
}

async function follow(adopted: readonly Adopted[], options: TakeoverOptions): Promise<Adopted[]> {
  const { becket, waitMs, now, rest, signal, onEnded } = options
  const endMs = now() + waitMs
  let latest = [...adopted]
  const open = () => latest.filter((each) => each.kind === 'registered' && outcomeOf(each.expectation) === null).length
  for (let restMs = FIRST_REST_MS; ; restMs = Math.min(LONGEST_REST_MS, restMs * 1.5)) {
    onEnded?.(latest.length - open(), latest.length)
    const leftMs = endMs - now()
    if (open() === 0 || leftMs <= 0 || signal.aborted) return latest
    await rest(Math.min(restMs, leftMs))
    const next: Adopted[] = []
    for (const each of latest) {
      const isOpen = each.kind === 'registered' && outcomeOf(each.expectation) === null
      next.push(
        isOpen ? { ...each, expectation: await becket.expectations.get(each.expectation.id, { signal }) } : each,
      )
    }
    latest = next
  }
}
