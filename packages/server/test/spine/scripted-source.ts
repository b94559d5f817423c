/** The one source of a spine: a scripted provider, with the terms that a test gives it. */
import type { Resubmit } from '../../src/core/expectation.ts'
import { ladder, type PollPlan } from '../../src/core/poll-plan.ts'
import type { Source } from '../../src/providers/sources.ts'
import { HOUR, MINUTE } from './times.ts'

export interface SourceTerms {
  resubmit?: Resubmit
  plan?: PollPlan
  /** How many may be in the provider's hand at once. */
  concurrency?: number
  expectWithinMs?: number
  deadlineMs?: number
}

export function sourceOf(options: SourceTerms, api: Source['api']): Source {
  const settings = {
    expectWithinMs: options.expectWithinMs ?? 5 * MINUTE,
    deadlineMs: options.deadlineMs ?? HOUR,
    plan: options.plan ?? ladder,
    resubmit: options.resubmit ?? 'ask',
    concurrency: options.concurrency,
  }
  return {
    id: 'parser',
    provider: 'scripted',
    enabled: true,
    api,
    verify: { scheme: 'static-header', header: 'x-secret', secrets: ['test-key'] },
    paths: [],
    operations: { parse: settings },
    download: () => Promise.reject(new Error('nothing is downloaded here')),
    mayFetch: (url) => url.startsWith('https://files.test/'),
  }
}
