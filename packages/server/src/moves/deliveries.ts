/**
 * The two transactions of a delivery: a result is written down with the end that it tells of, and what a sink answered
 * moves it. Calls no sink.
 */
import { type DeliveryAnswer, type DeliveryMove, type Destination, decideDelivery } from '../core/delivery.ts'
import { isId } from '../core/id.ts'
import type { JobMove } from '../core/job.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import { type EndedExpectation, type ResultDraft, resultOfExpectation, resultOfJob } from '../core/result.ts'
import type { Tx } from '../db/db.ts'
import { appendEvents, type NewEvent } from '../store/events.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import type { JobRow } from '../store/jobs.ts'
import { type DeliveryRow, insertDeliveries, moveDeliveries } from '../store/outbox.ts'
import { type Taker, wake } from '../store/wakeups.ts'

/** The wakeup's subject. */
export function queueSubject({ sink, queue }: Destination): string {
  return `${sink}/${queue}`
}

/** A name of a sink has no slash in it. */
export function destinationOf(subject: string): Destination {
  const slash = subject.indexOf('/')
  return { sink: subject.slice(0, slash), queue: subject.slice(slash + 1) }
}

/** Nothing, unless the move ends the job and somebody wants to know. */
export async function enqueueJobResult(
  tx: Tx,
  taker: Taker | null,
  job: JobRow,
  move: JobMove,
  output: Record<string, unknown> | undefined,
): Promise<void> {
  if (job.deliverTo === null || job.deliverTo.length === 0) return
  const shape = shapeOf(job.pipeline)
  const { stage, state, attempt, error } = move
  const { id, key, pipeline } = job
  const draft = resultOfJob(shape, {
    id,
    key,
    pipeline,
    stage,
    state,
    attempt,
    error,
    output: state === 'done' ? (output ?? job.output) : job.output,
    createdAt: job.createdAt.toISOString(),
  })
  if (draft === null) return
  await enqueue(tx, taker, [
    {
      draft,
      destinations: job.deliverTo,
      ordering: `${pipeline}/${key}`,
      key: `${id}/${job.version + 1}`,
      jobId: id,
    },
  ])
}

/** For an expectation that no job waits for. */
export async function enqueueExpectationResult(
  tx: Tx,
  taker: Taker | null,
  row: ExpectationRow,
  end: Pick<EndedExpectation, 'state' | 'output' | 'error'>,
): Promise<void> {
  await enqueueExpectationResults(tx, taker, [{ row, end }])
}

/** The same for many, in the order of their ends. */
export async function enqueueExpectationResults(
  tx: Tx,
  taker: Taker | null,
  ended: readonly { row: ExpectationRow; end: Pick<EndedExpectation, 'state' | 'output' | 'error'> }[],
): Promise<void> {
  const all = ended.flatMap(({ row, end }): Enqueued[] => {
    const destinations = row.parameters.deliverTo ?? []
    if (row.jobId !== null || destinations.length === 0) return []
    const draft = resultOfExpectation({ ...row, ...end, registeredAt: new Date(row.registeredAtMs).toISOString() })
    const key = `${row.id}/${row.version + 1}`
    return [{ draft, destinations, ordering: orderingOfExpectation(row), key, jobId: null }]
  })
  await enqueue(tx, taker, all)
}

/** All attempts under one key tell of the same work. */
export function orderingOfExpectation({ source, operation, key }: { source: string; operation: string; key: string }) {
  return `${source}/${operation}/${key}`
}

interface Enqueued {
  draft: ResultDraft
  destinations: readonly Destination[]
  ordering: string
  key: string
  jobId: string | null
}

async function enqueue(tx: Tx, taker: Taker | null, all: readonly Enqueued[]): Promise<void> {
  if (all.length === 0) return
  // In one order for everybody, since each wakeup is a lock.
  const queues = new Set(all.flatMap(({ destinations }) => destinations.map(queueSubject)))
  for (const subject of [...queues].sort()) {
    await wake(tx, { lane: 'outbox', subject, rank: 0, afterMs: 0 }, taker)
  }
  // Only then, so that of two ends the one that is dated earlier is also seen earlier.
  await insertDeliveries(
    tx,
    all.flatMap(({ destinations, ordering, key, draft }) =>
      destinations.map((destination) => ({ ...destination, ordering, key, draft })),
    ),
  )
  await appendEvents(
    tx,
    all.map(({ draft, destinations, jobId }) => {
      const sinks = destinations.map(({ sink }) => sink).sort()
      return { subject: draft.id, jobId, type: 'delivery.queued', data: { sinks, result: draft.type } }
    }),
  )
}

export interface Answered {
  deliveries: readonly DeliveryRow[]
  /** One for each, in the same order. */
  answers: readonly DeliveryAnswer[]
  retryMs: readonly number[]
  random: () => number
}

/** In the transaction that proves that the queue is still its holder's. */
export async function recordAnswers(tx: Tx, { deliveries, answers, retryMs, random }: Answered): Promise<void> {
  const moves = deliveries.map((row, index) => {
    const answer = answers[index]
    if (answer === undefined) throw new Error(`the sink ${row.sink} did not answer for delivery ${row.id}`)
    return { row, id: row.id, move: decideDelivery(row, answer, retryMs, random) }
  })
  const written = await moveDeliveries(tx, moves)
  await appendEvents(
    tx,
    moves.flatMap(({ row, move }) => (written.has(row.id) ? eventsOf(row, move) : [])),
  )
}

/**
 * From a holder that lost the queue: what a sink has taken is delivered, whoever holds the queue by now, and what waited
 * behind it may go. Whatever else it heard counts for nothing: the next holder asks for itself.
 */
export async function recordLateAnswers(tx: Tx, subject: string, answered: Answered): Promise<void> {
  const taken = answered.deliveries.flatMap((row, index) => {
    const answer = answered.answers[index]
    return answer?.kind === 'delivered' ? [{ row, answer }] : []
  })
  if (taken.length === 0) return
  await wake(tx, { lane: 'outbox', subject, rank: 0, afterMs: 0 }, null)
  await recordAnswers(tx, {
    ...answered,
    deliveries: taken.map(({ row }) => row),
    answers: taken.map(({ answer }) => answer),
  })
}

function eventsOf(row: DeliveryRow, move: DeliveryMove): NewEvent[] {
  const common = { subject: row.subject, jobId: isId('job', row.subject) ? row.subject : null }
  const data = { delivery: row.id, sink: row.sink }
  switch (move.state) {
    case 'delivered': {
      const afterMs = Math.round(row.nowMs - row.createdAtMs)
      return [{ ...common, type: 'delivery.delivered', data: { ...data, attempts: move.attempts, afterMs } }]
    }
    case 'dead':
      return [{ ...common, type: 'delivery.dead', severity: 'error', data: { ...data, error: move.error } }]
    case 'pending':
      // Waiting for what is on its way is no news.
      if (move.attempts === row.attempts) return []
      return [
        {
          ...common,
          type: 'delivery.retry',
          severity: 'warn',
          data: { ...data, attempts: move.attempts, dueInMs: move.dueInMs, error: move.error },
        },
      ]
    default:
      return move satisfies never
  }
}
