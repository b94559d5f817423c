/** Answers "what became of this job?", for the status and result routes of both versions, and writes down who asked. */
import type { FastifyReply } from 'fastify'
import type { ParseFaults } from '../faults/faults.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { otherWord } from './deliver.ts'
import type { JobBook, ParseJob, ParseOutcome } from './job-book.ts'
import type { Striker } from './striker.ts'

export interface Checks {
  /** Null when the answer is already given: unknown job, or the status API is down. */
  find(reply: FastifyReply, jobId: string, asked: 'status' | 'result'): ParseJob | null
  /** Sends the answer, and remembers that the caller now knows the outcome where it tells one. */
  answer(
    reply: FastifyReply,
    job: ParseJob,
    given: { asked: 'status' | 'result'; status?: number; word: string | null; body: Record<string, unknown> },
  ): FastifyReply
  /** As a list: unknown jobs are left out. When the status API is down for one of them, it is down. */
  answerAll(
    reply: FastifyReply,
    jobIds: readonly string[],
    show: (job: ParseJob) => Record<string, unknown>,
  ): FastifyReply
  /** The word for where the job stands. */
  wordOf(job: ParseJob, words: { pending: string; succeeded: string; failed: string }): string
}

export interface ChecksOptions {
  book: JobBook
  faults: () => ParseFaults
  ledger: Ledger
  now: () => number
  striker: Striker
}

export function createChecks({ book, faults, ledger, now, striker }: ChecksOptions): Checks {
  return {
    find(reply, jobId, asked) {
      const job = book.find(jobId)
      if (!job) {
        ledger.record({ kind: 'check', jobId, asked, status: 404, word: null })
        reply.code(404).send({ detail: 'Job not found' })
        return null
      }
      const status = statusWhileDown(job, asked)
      if (status === null) return job
      ledger.record({ kind: 'check', jobId, asked, status, word: null })
      reply.code(status).send({ detail: 'Service temporarily unavailable' })
      return null
    },
    answer(reply, job, { asked, status = 200, word, body }) {
      ledger.record({ kind: 'check', jobId: job.id, asked, status, word })
      // Only what has left counts as read: a callback "after the check" must not overtake its answer.
      if (job.outcome && status === 200) reply.raw.once('finish', () => job.readAsDone.open())
      return reply.code(status).send(body)
    },
    answerAll(reply, jobIds, show) {
      const jobs = jobIds.flatMap((id) => book.find(id) ?? [])
      const down = jobs.map((job) => statusWhileDown(job, 'status')).find((status) => status !== null) ?? null
      if (down !== null) {
        for (const { id } of jobs) ledger.record({ kind: 'check', jobId: id, asked: 'list', status: down, word: null })
        return reply.code(down).send({ detail: 'Service temporarily unavailable' })
      }
      const items = jobs.map((job) => {
        const item = show(job)
        ledger.record({ kind: 'check', jobId: job.id, asked: 'list', status: 200, word: String(item.status) })
        if (job.outcome) reply.raw.once('finish', () => job.readAsDone.open())
        return item
      })
      return reply.send({ items, next_page_token: null, total_size: items.length })
    },
    wordOf(job, words) {
      if (!job.outcome) return words.pending
      if (job.outcome.kind === 'failed') return words.failed
      const where = job.faults.otherStatusWord?.where
      const isOther = where !== undefined && where !== 'callback' && striker.strikes(job, 'otherStatusWord')
      return isOther ? otherWord(job) : words.succeeded
    },
  }

  /** By the faults of now, not of the submit: an outage hits old jobs too. */
  function statusWhileDown(job: ParseJob, asked: 'status' | 'result'): number | null {
    const down = faults().statusDown
    if (!down || (asked === 'result' && !down.results)) return null
    if (down.forMs !== undefined && now() - job.takenAtMs >= down.forMs) return null
    return striker.strikes({ ...job, faults: faults() }, 'statusDown') ? down.status : null
  }
}

export type Succeeded = Extract<ParseOutcome, { kind: 'succeeded' }>
