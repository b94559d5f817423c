/** What both versions answer alike to a submit, and the ledger's note of it. */
import type { FastifyReply } from 'fastify'
import type { Ledger } from '../ledger/ledger.ts'
import type { SubmitAnswer } from './workshop.ts'

type Refusal = Extract<SubmitAnswer, { kind: 'rate-limited' | 'server-error' | 'hang' }>

/** FastAPI's shape, which is what the real provider runs on. */
export function answerRefusal(reply: FastifyReply, answer: Refusal): FastifyReply {
  switch (answer.kind) {
    case 'rate-limited':
      return reply.code(429).header('retry-after', answer.retryAfterSec).send({ detail: 'Rate limit exceeded' })
    case 'server-error':
      return reply.code(answer.status).send({ detail: 'Internal server error' })
    case 'hang':
      // The connection stays open until the caller gives up, or `stop` closes it.
      return reply.hijack()
    default:
      throw answer satisfies never
  }
}

/** The job's id as the submit's answer tells it. */
export function shownId(answer: Extract<SubmitAnswer, { kind: 'taken' }>): { id?: string | null } {
  switch (answer.id) {
    case 'told':
      return { id: answer.job.id }
    case 'null':
      return { id: null }
    case 'missing':
      return {}
    default:
      throw answer.id satisfies never
  }
}

export interface SubmitNotes {
  answered(work: string, answer: SubmitAnswer): void
}

export function createSubmitNotes(ledger: Ledger): SubmitNotes {
  return {
    answered(work, answer) {
      ledger.record({
        kind: 'submit-answer',
        work,
        jobId: 'job' in answer ? answer.job.id : null,
        status: statusOf(answer),
      })
    },
  }
}

function statusOf(answer: SubmitAnswer): number | null {
  if (answer.kind === 'rate-limited') return 429
  if (answer.kind === 'server-error') return answer.status
  return answer.kind === 'hang' ? null : 200
}
