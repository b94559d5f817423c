/** Jobs over HTTP. */
import type { Cancel } from './contract/expectations.ts'
import {
  type CreateJob,
  type Job,
  type JobQuery,
  type JobState,
  type JobSummary,
  jobPageSchema,
  jobSchema,
} from './contract/jobs.ts'
import type { Page } from './contract/paging.ts'
import { type GetOptions, getWaiting } from './expectations-api.ts'
import type { Machine } from './pace.ts'
import type { Transport } from './transport.ts'
import { type WaitOptions, waitForEnd } from './wait-for-end.ts'

export interface JobsApi {
  /** The same pipeline and key give the same job. */
  create(job: CreateJob): Promise<Job>
  get(id: string, options?: GetOptions): Promise<Job>
  list(filter?: Partial<JobQuery>): Promise<Page<JobSummary>>
  retry(id: string): Promise<Job>
  cancel(id: string, body: Cancel): Promise<Job>
  /** Waits until the job is done, in the dead letters, or cancelled. */
  wait(id: string, options?: WaitOptions): Promise<Job>
}

const ENDS: ReadonlySet<JobState> = new Set<JobState>(['done', 'deadletter', 'cancelled'])

export function createJobsApi(transport: Transport, machine: Machine): JobsApi {
  const pathOf = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`
  const post = async (path: string, body: unknown, repeatable: boolean) =>
    (await transport.ask({ method: 'POST', path, body, answer: jobSchema, repeatable })).value
  const get = (id: string, options: GetOptions = {}) => getWaiting(transport, pathOf(id), jobSchema, options)
  return {
    create: (job) => post('/v1/jobs', job, true),
    get,
    async list(filter = {}) {
      const ask = { method: 'GET', path: '/v1/jobs', query: filter, answer: jobPageSchema, repeatable: true } as const
      return (await transport.ask(ask)).value
    },
    retry: (id) => post(`${pathOf(id)}/retry`, {}, false),
    cancel: (id, body) => post(`${pathOf(id)}/cancel`, body, false),
    wait: (id, options = {}) =>
      waitForEnd(options, machine, {
        what: `Job ${id}`,
        ask: (waitMs) =>
          get(id, { waitMs, retries: 0, ...(options.signal === undefined ? {} : { signal: options.signal }) }),
        isOver: (job) => ENDS.has(job.state),
      }),
  }
}
