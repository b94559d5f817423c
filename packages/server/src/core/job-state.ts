/** The states of a job, and the only ways from one to another. What takes a job there is in `job.ts`. */

export const jobStates = ['queued', 'waiting', 'retryable', 'done', 'deadletter', 'cancelled'] as const

export type JobState = (typeof jobStates)[number]

/** The only ways a job moves. `queued` to `queued` is the next stage, or the same one again for what is left of it. */
export const jobTransitions: Record<JobState, readonly JobState[]> = {
  queued: ['queued', 'waiting', 'retryable', 'done', 'deadletter', 'cancelled'],
  waiting: ['queued', 'retryable', 'done', 'deadletter', 'cancelled'],
  retryable: ['queued', 'waiting', 'retryable', 'done', 'deadletter', 'cancelled'],
  done: [],
  // By an operator's retry, or by a success that came after we had given up.
  deadletter: ['queued', 'done'],
  cancelled: [],
}
