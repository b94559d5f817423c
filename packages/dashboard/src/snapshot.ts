/** Everything the page shows, asked for at once. What one question cannot learn does not hide what the others did. */
import {
  type Becket,
  BecketError,
  type CallbackSummary,
  type Document,
  type ExpectationSummary,
  type Health,
  type JobSummary,
  type Page,
} from '@becket/client'

export type Section<Value> = { kind: 'known'; value: Value } | { kind: 'unknown'; reason: string; hint: string }

export interface Snapshot {
  health: Section<Health>
  /** Open ones: those that are overdue, and the newest of the others. */
  expectations: Section<Page<ExpectationSummary>>
  documents: Section<Page<Document>>
  jobs: Section<Page<JobSummary>>
  callbacks: Section<Page<CallbackSummary>>
}

export type Answer =
  | { kind: 'answered'; snapshot: Snapshot }
  /** The server is there and does not take the key. */
  | { kind: 'refused'; detail: string }
  /** Nothing that speaks for Becket answered. */
  | { kind: 'away'; detail: string; hint: string }

const ROWS = 20

export async function askForSnapshot(becket: Becket): Promise<Answer> {
  const [health, overdue, open, documents, jobs, callbacks] = await Promise.allSettled([
    becket.health(),
    becket.expectations.list({ overdue: true, limit: 200 }),
    becket.expectations.list({ state: ['registered', 'submitting', 'waiting', 'unconfirmed'], limit: 50 }),
    becket.documents.list({ limit: ROWS }),
    becket.jobs.list({ limit: ROWS * 2 }),
    becket.callbacks.list({ limit: ROWS }),
  ])
  const errors = [health, overdue, open, documents, jobs, callbacks].flatMap((result) =>
    result.status === 'rejected' ? [errorOf(result.reason)] : [],
  )
  const unauthenticated = errors.find((error) => error.status === 401)
  if (unauthenticated !== undefined) return { kind: 'refused', detail: unauthenticated.detail }
  const first = errors[0]
  // An answer that is not of the contract, such as a proxy's error page, does not speak for Becket either.
  if (first !== undefined && errors.length === 6 && errors.every(isSilence)) {
    return { kind: 'away', detail: first.detail, hint: first.hint }
  }
  return {
    kind: 'answered',
    snapshot: {
      health: sectionOf(health),
      expectations: joined(sectionOf(overdue), sectionOf(open)),
      documents: sectionOf(documents),
      jobs: sectionOf(jobs),
      callbacks: sectionOf(callbacks),
    },
  }
}

function isSilence(error: BecketError): boolean {
  return error.status === 0 || error.code === 'ANSWER_UNREADABLE'
}

function errorOf(reason: unknown): BecketError {
  if (reason instanceof BecketError) return reason
  return new BecketError({ code: 'CONNECTION_FAILED', detail: String(reason), hint: 'Reload the page.', cause: reason })
}

function sectionOf<Value>(result: PromiseSettledResult<Value>): Section<Value> {
  if (result.status === 'fulfilled') return { kind: 'known', value: result.value }
  const { detail, hint } = errorOf(result.reason)
  return { kind: 'unknown', reason: detail, hint }
}

/** Both questions are needed: without either the list would look complete and not be. */
function joined(
  overdue: Section<Page<ExpectationSummary>>,
  open: Section<Page<ExpectationSummary>>,
): Section<Page<ExpectationSummary>> {
  if (overdue.kind === 'unknown') return overdue
  if (open.kind === 'unknown') return open
  const byId = new Map([...open.value.items, ...overdue.value.items].map((row) => [row.id, row]))
  return {
    kind: 'known',
    value: {
      items: [...byId.values()].toSorted((a, b) => Date.parse(a.expectBy) - Date.parse(b.expectBy)),
      nextCursor: overdue.value.nextCursor ?? open.value.nextCursor,
    },
  }
}
