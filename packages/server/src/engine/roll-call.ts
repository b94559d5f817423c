/**
 * Asks a status API about many pieces of work by one request, where it has a call for that: what falls due at the same
 * moment is gathered first. Whatever the list does not tell is asked about alone, and so is what comes alone.
 */
import type { Log } from '../observe/log.ts'
import type { CheckAnswer, Expected } from '../providers/provider.ts'
import type { Source } from '../providers/sources.ts'

export interface RollCall {
  /** Null where the source has no status API. Rejects when `signal` aborts, as the provider's own `check` would. */
  check(expected: Expected, source: Source, signal: AbortSignal): Promise<CheckAnswer | null>
}

interface Waiting {
  expected: Expected
  signal: AbortSignal
  /** Undefined: not told; to be asked about alone. */
  told(answer: CheckAnswer | undefined): void
}

interface Roll {
  waiting: Waiting[]
  timer: NodeJS.Timeout
}

// 25 ms: what one claim brings falls due together, and nobody notices the wait.
const GATHER_MS = 25
// 50: what a URL can name, and as the port promises.
const MOST = 50
// 10 min: an API of another version may not have the call, or not for this key.
const LEFT_OUT_MS = 600_000

export function createRollCall({ log }: { log: Log }): RollCall {
  const rolls = new Map<string, Roll>()
  const leftOutUntil = new Map<string, number>()

  function gather(expected: Expected, source: Source, signal: AbortSignal): Promise<CheckAnswer | undefined> {
    return new Promise((told) => {
      const waiting = { expected, signal, told }
      const open = rolls.get(source.id)
      if (open === undefined) {
        rolls.set(source.id, { waiting: [waiting], timer: setTimeout(() => call(source), GATHER_MS) })
        return
      }
      open.waiting.push(waiting)
      if (open.waiting.length >= MOST) call(source)
    })
  }

  function call(source: Source): void {
    const roll = rolls.get(source.id)
    if (roll === undefined) return
    clearTimeout(roll.timer)
    rolls.delete(source.id)
    void ask(source, roll.waiting)
  }

  async function ask(source: Source, all: readonly Waiting[]): Promise<void> {
    const waiting = all.filter(({ signal }) => !signal.aborted)
    for (const { told } of all.filter((each) => !waiting.includes(each))) told(undefined)
    const answers = waiting.length < 2 ? null : await answersOf(source, waiting)
    for (const { expected, told } of waiting)
      told(answers instanceof Map ? answers.get(expected.id) : (answers ?? undefined))
  }

  /** By expectation; one answer for all where the API is down; null where the list is of no use. */
  async function answersOf(
    source: Source,
    waiting: readonly Waiting[],
  ): Promise<ReadonlyMap<string, CheckAnswer> | CheckAnswer | null> {
    const { signal, release } = abortedWithAll(waiting.map((each) => each.signal))
    try {
      const answer = await source.api.list?.(
        waiting.map(({ expected }) => expected),
        signal,
      )
      if (answer === undefined) return null
      if (answer.kind === 'listed') return answer.answers
      // Asked about alone, each would only find the same.
      if (answer.isFault === true || answer.retryAfterMs !== undefined) return answer
      leaveOut(source, answer.reason)
    } catch (error) {
      if (!signal.aborted) leaveOut(source, error)
    } finally {
      release()
    }
    return null
  }

  function leaveOut(source: Source, reason: unknown): void {
    leftOutUntil.set(source.id, performance.now() + LEFT_OUT_MS)
    log.warn(
      { source: source.id, err: reason },
      'its list of work cannot be used; each is asked about alone for a while',
    )
  }

  return {
    async check(expected, source, signal) {
      const { check, list } = source.api
      if (check === undefined) return null
      const isListed =
        list !== undefined && expected.externalId !== null && performance.now() >= (leftOutUntil.get(source.id) ?? 0)
      const told = isListed ? await gather(expected, source, signal) : undefined
      signal.throwIfAborted()
      return told ?? (await check.call(source.api, expected, signal))
    },
  }
}

/** Aborts when nobody waits any more: one who goes away must not take the answer from the others. */
function abortedWithAll(signals: readonly AbortSignal[]): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const onAbort = () => {
    if (signals.every(({ aborted }) => aborted)) controller.abort()
  }
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    },
  }
}
