/**
 * Stands before a source that somebody else wrote: what it throws, or answers in no shape that there is, becomes the answer
 * that claims least. Becket's own providers are held to their contract by their tests instead.
 */
import { isRecord, readId } from './json-body.ts'
import type { CheckAnswer, ListAnswer, ProviderSource } from './provider.ts'
import { cleanMessage } from './provider-error.ts'

export function guardSource(source: ProviderSource): ProviderSource {
  const { submit, eventId, find, check, list, artifact, collect, ping } = source
  return {
    read(callback) {
      return attempt(
        () => source.read(callback),
        ['outcome', 'progress', 'unreadable'],
        (reason) => ({ kind: 'unreadable', reason }),
      )
    },
    ...(eventId && {
      eventId(callback) {
        try {
          const id: unknown = eventId.call(source, callback)
          return typeof id === 'string' && id !== '' ? id : null
        } catch {
          // Its body is read by `read`, which tells what is wrong with it; without an id it is known by its bytes.
          return null
        }
      },
    }),
    ...(submit && {
      submit: (request, signal) =>
        attemptLater(
          () => submit.call(source, request, signal),
          ['accepted', 'answered', 'refused', 'unclear'],
          // It may have got as far as the provider.
          (message) => ({ kind: 'unclear', error: { code: 'MODULE_FAULTY', message, retryable: false } }),
        ),
    }),
    ...(find && {
      // What it throws is told by whoever looked up, who goes on without.
      async find(expected, signal) {
        const found: unknown = await find.call(source, expected, signal)
        const externalId = isRecord(found) ? readId(found.externalId) : null
        return externalId === null ? null : { externalId }
      },
    }),
    ...(check && {
      check: (expected, signal) =>
        attemptLater(
          () => check.call(source, expected, signal),
          ['outcome', 'pending', 'missing', 'unavailable'],
          (reason) => ({ kind: 'unavailable', reason }),
        ),
    }),
    ...(list && {
      async list(expected, signal) {
        const answer: ListAnswer = await attemptLater<ListAnswer>(
          () => list.call(source, expected, signal),
          ['listed', 'unavailable'],
          (reason) => ({ kind: 'unavailable', reason }),
        )
        if (answer.kind !== 'listed') return answer
        const answers: unknown = answer.answers
        if (!(answers instanceof Map))
          return { kind: 'unavailable', reason: 'the module’s `list` answered with no map' }
        const judged = [...answer.answers].map(([id, each]): [string, CheckAnswer] => [
          id,
          attempt<CheckAnswer>(
            () => each,
            ['outcome', 'pending', 'missing', 'unavailable'],
            (reason) => ({ kind: 'unavailable', reason }),
          ),
        ])
        return { kind: 'listed', answers: new Map(judged) }
      },
    }),
    ...(artifact && {
      artifact: (expected, signal) =>
        attemptLater(
          () => artifact.call(source, expected, signal),
          ['found', 'missing', 'unavailable'],
          (reason) => ({ kind: 'unavailable', reason }),
        ),
    }),
    ...(collect && {
      collect: (expected, output, signal) =>
        attemptLater(
          () => collect.call(source, expected, output, signal),
          ['collected', 'missing', 'unavailable'],
          (reason) => ({ kind: 'unavailable', reason }),
        ),
    }),
    ...(ping && {
      ping: (signal) =>
        attemptLater(
          () => ping.call(source, signal),
          ['ok', 'key-rejected', 'unavailable'],
          (reason) => ({ kind: 'unavailable', reason }),
        ),
    }),
  }
}

function attempt<Answer extends { kind: string }>(
  ask: () => Answer,
  kinds: readonly Answer['kind'][],
  fallBack: (reason: string) => Answer,
): Answer {
  try {
    return judge(ask(), kinds, fallBack)
  } catch (error) {
    return fallBack(thrown(error))
  }
}

async function attemptLater<Answer extends { kind: string }>(
  ask: () => Promise<Answer>,
  kinds: readonly Answer['kind'][],
  fallBack: (reason: string) => Answer,
): Promise<Answer> {
  try {
    return judge(await ask(), kinds, fallBack)
  } catch (error) {
    return fallBack(thrown(error))
  }
}

function judge<Answer extends { kind: string }>(
  answer: Answer,
  kinds: readonly Answer['kind'][],
  fallBack: (reason: string) => Answer,
): Answer {
  if (!isRecord(answer) || !kinds.includes(answer.kind)) {
    return fallBack(`the provider's module answered in no shape that there is; expected kind ${kinds.join(', ')}`)
  }
  const fault = faultOfOutcome(answer)
  return fault === null ? answer : fallBack(`the provider's module answered ${answer.kind}, and ${fault}`)
}

/** What is decided by an outcome must not hang on a missing member. */
function faultOfOutcome(answer: Record<string, unknown>): string | null {
  const { kind, outcome, error } = answer
  if (kind === 'refused' || kind === 'unclear') return faultOfError(error)
  if (kind !== 'outcome' && kind !== 'answered') return null
  if (!isRecord(outcome)) return 'there is no `outcome`'
  if (outcome.verdict === 'failed') return faultOfError(outcome.error)
  return outcome.verdict === 'succeeded' ? null : '`outcome.verdict` is neither succeeded nor failed'
}

function faultOfError(error: unknown): string | null {
  const { code, message, retryable } = isRecord(error) ? error : {}
  const isWhole = typeof code === 'string' && typeof message === 'string' && typeof retryable === 'boolean'
  return isWhole ? null : 'its error lacks `code`, `message` or `retryable`'
}

function thrown(error: unknown): string {
  return `the provider's module threw: ${cleanMessage(error instanceof Error ? error.message : String(error))}`
}
