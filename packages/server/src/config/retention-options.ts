/** Options of what is kept, and for how long. */
import { z } from 'zod'
import type { Retention } from '../core/retention.ts'
import { option } from './option.ts'
import { duration } from './scalar.ts'

const DAY_MS = 86_400_000
const LONGEST_MS = 3650 * DAY_MS

/** Dropped by whole days. Three days at least: a writer's clock may be two days slow. */
const byTheDay = () => duration({ minMs: 3 * DAY_MS, maxMs: LONGEST_MS })

const retention = z.strictObject({
  callbacks: option(byTheDay().prefault('30d'), {
    description: 'Callbacks as they came, with their bodies. At least twice `retention.claims`.',
  }),
  claims: option(duration({ minMs: DAY_MS, maxMs: 90 * DAY_MS }).prefault('7d'), {
    description: 'How long a repeated callback is known as a repeat, at least. Longer than any provider tries again.',
  }),
  evidence: option(byTheDay().prefault('90d'), {
    description: 'What was claimed about the outcome of an expectation.',
  }),
  events: option(byTheDay().prefault('90d'), { description: 'The timelines.' }),
  requests: option(byTheDay().prefault('7d'), { description: 'The record of each request that went out.' }),
  finished: option(duration({ minMs: DAY_MS, maxMs: LONGEST_MS }).prefault('90d'), {
    description:
      'The input, data and output of a job that has ended, the input and outcome of an expectation, and deliveries that have ended. Summaries stay.',
  }),
  summaries: option(duration({ minMs: DAY_MS, maxMs: LONGEST_MS }).prefault('365d'), {
    description:
      'What is left of an ended job or expectation. As long as that, the same key gives the same one. At least `retention.finished`.',
  }),
  uploads: option(duration({ minMs: 2 * DAY_MS, maxMs: LONGEST_MS }).prefault('7d'), {
    description:
      'Documents that were announced and never finalized, and the content of those that turned out as repeats.',
  }),
})

export const retentionOptions = {
  retention: option(retention.prefault({}), { description: 'How long things are kept, at least.' }),
}

export function toRetention(options: z.output<typeof retention>): Retention {
  return {
    callbacksMs: options.callbacks,
    claimsMs: options.claims,
    evidenceMs: options.evidence,
    eventsMs: options.events,
    requestsMs: options.requests,
    finishedMs: options.finished,
    summariesMs: options.summaries,
    uploadsMs: options.uploads,
  }
}

/** Windows that need each other, as [option, what is wrong with it]. */
export function retentionProblems(options: z.output<typeof retention>): [keyof typeof options, string][] {
  const problems: [keyof typeof options, string][] = []
  if (options.callbacks < 2 * options.claims) {
    problems.push([
      'callbacks',
      'is shorter than twice `retention.claims`: a repeat would name a first callback that is gone; make it longer',
    ])
  }
  if (options.summaries < options.finished) {
    problems.push(['summaries', 'is shorter than `retention.finished`; make it longer'])
  }
  return problems
}
