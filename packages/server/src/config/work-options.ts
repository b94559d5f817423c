/** Options of the three duties: taking callbacks in, working, and asking after what did not come. */
import { z } from 'zod'
import { option } from './option.ts'
import { byteSize, duration, flag, wholeNumber } from './scalar.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

const spool = z.strictObject({
  maxBytes: option(byteSize({ min: MIB, max: 1024 * GIB }).prefault('1 GiB'), {
    description: 'What may wait on disk, in `spool/` of `dataDir`, while the database is away; beyond it, 503.',
  }),
  after: option(duration({ minMs: 50, maxMs: 30_000 }).prefault('500ms'), {
    description: 'A database that stores none of the callbacks that wait for so long is taken for away.',
  }),
})

const intake = z.strictObject({
  maxBodyBytes: option(byteSize({ min: KIB, max: 256 * MIB }).prefault('10 MiB'), {
    description: 'A larger callback is answered with 413.',
  }),
  maxHeaderBytes: option(byteSize({ min: KIB, max: MIB }).prefault('16 KiB'), {
    description: 'All headers of one request together.',
  }),
  requestTimeout: option(duration({ minMs: 1000, maxMs: 600_000 }).prefault('30s'), {
    description: 'A request that is not whole by then is dropped, so that slow senders hold nothing.',
  }),
  refusedBytesPerSource: option(byteSize({ min: 0, max: 1024 * MIB }).prefault('16 MiB'), {
    description: 'How many bytes are kept of the callbacks of one source that failed verification.',
  }),
  spool: option(spool.prefault({}), { description: 'Taking callbacks in while the database is away or slow.' }),
})

const worker = z.strictObject({
  slots: option(wholeNumber(1, 1000).prefault(10), {
    description: 'Pieces of work that this process does at once.',
    env: ['WORKER_MAX_JOBS'],
  }),
  pollInterval: option(duration({ minMs: 50, maxMs: 600_000 }).prefault('5s'), {
    description: 'How often the table of time is read when no signal comes. Bare seconds in WORKER_POLL_INTERVAL.',
    env: ['WORKER_POLL_INTERVAL'],
  }),
  maxRetries: option(wholeNumber(0, 100).prefault(3), {
    description: 'Attempts after the first one, before a job goes to the dead letters.',
    env: ['WORKER_MAX_RETRIES'],
  }),
  retryBase: option(duration({ minMs: 1 }).prefault('5s'), {
    description: 'The first pause between two attempts; each further one is twice as long.',
  }),
  retryCap: option(duration({ minMs: 1 }).prefault('5m'), { description: 'The longest pause between two attempts.' }),
})

const recovery = z.strictObject({
  enabled: option(flag().prefault(true), {
    description: 'Whether providers are asked for outcomes whose callback did not come. Deadlines hold either way.',
  }),
})

export const workOptions = {
  intake: option(intake.prefault({}), { description: 'Taking callbacks in.', roles: ['intake'] }),
  worker: option(worker.prefault({}), { description: 'Doing the work.', roles: ['worker'] }),
  recovery: option(recovery.prefault({}), { description: 'Finding out what no callback told.', roles: ['worker'] }),
}
