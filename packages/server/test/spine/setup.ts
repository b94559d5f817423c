/**
 * A spine of its own for each test: a database, a scripted provider, the intake, the services, and workers stepped by hand.
 * Time passes by moving the rows, never by waiting.
 */
import { createHash } from 'node:crypto'
import { createTokenKeys, makeCallbackToken } from '../../src/core/callback-token.ts'
import { keyHash } from '../../src/core/correlation.ts'
import type { Destination } from '../../src/core/delivery.ts'
import { documentPipeline } from '../../src/core/document-pipeline.ts'
import { AppError } from '../../src/core/error.ts'
import type { Features } from '../../src/core/feature.ts'
import type { Db } from '../../src/db/db.ts'
import { createCaller } from '../../src/engine/caller.ts'
import type { CheckBudgets } from '../../src/engine/check-budgets.ts'
import { createIntakeSettler } from '../../src/engine/intake-settler.ts'
import { createLearning } from '../../src/engine/learning.ts'
import { createLeases } from '../../src/engine/leases.ts'
import { createGroupCommit, type GroupCommit } from '../../src/intake/group-commit.ts'
import { createIntake } from '../../src/intake/receive.ts'
import type { Report, Reported } from '../../src/moves/report.ts'
import { recordReports } from '../../src/moves/reports.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { Source } from '../../src/providers/sources.ts'
import { createEndings } from '../../src/services/endings.ts'
import { createExpectationService } from '../../src/services/expectations.ts'
import { createJobService } from '../../src/services/jobs.ts'
import type { Principal } from '../../src/services/principal.ts'
import type { Sinks } from '../../src/sinks/sinks.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { noRoom, type Room, transact } from '../../src/store/handover.ts'
import { insertJob } from '../../src/store/jobs.ts'
import { newId } from '../../src/store/new-id.ts'
import { ensurePartitions } from '../../src/store/partitions.ts'
import { wake } from '../../src/store/wakeups.ts'
import { testDatabase } from '../database.ts'
import { createPlainPipeline, type PlainStages } from './plain-pipeline.ts'
import { createReader } from './reader.ts'
import { type Ability, createScript, providerOf } from './script.ts'
import { type SourceTerms, sourceOf } from './scripted-source.ts'
import { createWorker } from './worker.ts'

export { HOUR, MINUTE } from './times.ts'

export const somebody: Principal = { keyId: 'key_test', name: 'somebody', role: 'operator' }

export interface SetupOptions extends SourceTerms {
  /** Where results may go. */
  sinks?: Sinks
  maxRetries?: number
  abilities?: readonly Ability[]
  /** What stages do instead of being done at once. */
  stages?: PlainStages
  /** For services and intake. */
  room?: Room
  asks?: boolean
  /** Without any, everybody is asked as they fall due. */
  budgets?: CheckBudgets
  /** What not everybody has. */
  features?: Features
  /** Whether callbacks are settled by the transaction that stores them, where they can be; absent: they are. */
  settlesAtIntake?: boolean
  /** More is waiting to be recorded than may wait: whoever reports is refused. */
  isBusy?: boolean
}

export interface CallbackOptions {
  /** How it proves itself: a good signature, a token of ours, nothing, or a wrong signature. */
  by?: 'signature' | 'token' | 'nothing' | 'forgery'
  /** Whose token. */
  expectationId?: string
  /** What the body says. */
  id?: string
  status?: 'done' | 'failed' | 'broken' | 'working' | 'ready'
  output?: unknown
  /** Instead of the body above. */
  body?: string | Buffer
  eventId?: string
  /** `?job_id=…`. */
  query?: string
}

export type Spine = Awaited<ReturnType<typeof setup>>

export async function setup(options: SetupOptions = {}) {
  const database = await testDatabase()
  const { db } = database
  await ensurePartitions(db)
  const script = createScript()
  const source = sourceOf(options, providerOf(script, options.abilities ?? ['check']))
  const sources = new Map([[source.id, source]])
  let passedMs = 0
  const clock = () => performance.now() + passedMs
  /** As another process on the same database has it; its turns are taken by hand. */
  const learner = () => createLearning({ db, providerOf: () => source.provider, log: silentLog, clock })
  const learning = learner()
  const retry = { maxRetries: options.maxRetries ?? 3, baseMs: 1_000, capMs: 60_000 }
  const endings = createEndings({ db, log: silentLog })
  const rules = { retry, random: () => 0.5, learning, recorded: endings.recorded, ended: endings.ended }
  const room = options.room ?? noRoom(() => {})
  const asks = options.asks ?? true
  const { features } = options
  const tokenKeys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])
  const pipelines = createPlainPipeline(options.stages ?? {})
  const callbackUrl = (_source: Source, id: string) =>
    `https://becket.test/in/parser/t/${makeCallbackToken(tokenKeys, id)}`
  const sinks: Sinks = options.sinks ?? new Map()
  const common = {
    db,
    sources,
    sinks,
    deliverTo: {},
    rules,
    room,
    asks,
    features,
    endings,
    callbackUrl,
  }

  const intakeSettler = createIntakeSettler({ sources, rules, log: silentLog })

  function worker(name = 'one', workerRoom?: Room) {
    const room = workerRoom ?? options.room
    const owner = `ins_${name}`
    const { budgets } = options
    return createWorker({ db, owner, sources, pipelines, rules, asks, budgets, features, sinks, room, clock })
  }

  /** One whose configuration has other sinks, or features. */
  function workerWith(others: Sinks, itsFeatures = features) {
    const { room } = options
    return createWorker({
      db,
      owner: 'ins_other',
      sources,
      pipelines,
      rules,
      asks,
      features: itsFeatures,
      sinks: others,
      room,
      clock,
    })
  }

  /** Intake on the given database: the tests' own, or one that fails. */
  function intakeOn(on: Db, refusedBytesPerSource = 1_000_000) {
    return intakeWith(commitOn(on), refusedBytesPerSource)
  }

  function commitOn(on: Db) {
    const settling = options.settlesAtIntake === false ? undefined : { settler: intakeSettler, rules, log: silentLog }
    return createGroupCommit({ db: on, room, settling })
  }

  function intakeWith(commit: GroupCommit, refusedBytesPerSource = 1_000_000) {
    const store = commit.add
    const publicUrl = () => 'https://becket.test'
    return createIntake({ sources, tokenKeys, publicUrl, store, refusedBytesPerSource, features, log: silentLog })
  }

  const commit = commitOn(db)
  const intake = intakeWith(commit)
  const reports = { report: (told: Report) => (options.settlesAtIntake === false ? alone(told) : commit.report(told)) }
  const leases = createLeases({ db, log: silentLog })
  const breakers = createBreakers({ db, log: silentLog })
  const caller = createCaller({
    db,
    room,
    owner: 'ins_caller',
    breakers,
    leases,
    commit: options.isBusy === true ? { report: () => Promise.reject(new AppError('UNAVAILABLE', 'busy')) } : reports,
    rules,
    callbackUrl,
    log: silentLog,
  })

  async function alone(told: Report): Promise<Reported> {
    const [reported = { kind: 'void' as const }] = await transact(db, room, (tx, taker) =>
      recordReports(tx, taker, [told], rules),
    )
    return reported
  }

  function request(callback: CallbackOptions) {
    const { by = 'signature', id, status = 'done', output, eventId, query = '' } = callback
    const said = callback.body ?? JSON.stringify({ id, status, output })
    const rawHeaders = ['content-type', 'application/json']
    if (by === 'signature') rawHeaders.push('x-secret', 'test-key')
    if (by === 'forgery') rawHeaders.push('x-secret', 'not-the-key')
    if (eventId !== undefined) rawHeaders.push('event-id', eventId)
    const token = by === 'token' ? makeCallbackToken(tokenKeys, callback.expectationId ?? '') : undefined
    const path = token === undefined ? '/in/parser' : `/in/parser/t/${token}`
    const body = typeof said === 'string' ? Buffer.from(said) : said
    return {
      source: 'parser',
      path,
      url: `${path}${query}`,
      method: 'POST',
      rawHeaders,
      body,
      token,
      params: {},
      remoteAddress: '192.0.2.1',
    }
  }

  /** The provider calls back; answers the callback's id once it is stored. */
  async function callBack(callback: CallbackOptions): Promise<string> {
    const answer = await intake.receive(request(callback))
    if (typeof answer.body !== 'object' || answer.body === null || !('callback' in answer.body)) {
      throw new Error(`the intake answered ${answer.status} without a callback`)
    }
    return String(answer.body.callback)
  }

  /** `deliverTo`: where its end is told. */
  async function startJob(deliverTo: readonly Destination[] = []): Promise<string> {
    const id = newId('job')
    await transact(db, room, async (tx, taker) => {
      const hash = keyHash('document', 'job', id)
      const input = { documentId: 'doc_test' }
      const { name: pipeline } = documentPipeline
      await insertJob(tx, { id, pipeline, key: id, keyHash: hash, input, stage: 'parse', deliverTo })
      await wake(tx, { lane: 'job', subject: id, rank: 0, afterMs: 0 }, taker)
    })
    return id
  }

  /** Everything that is to come is so much nearer, and everything that was is so much longer ago. */
  async function pass(ms: number): Promise<void> {
    passedMs += ms
    await db.query(
      `with moved as (
         update becket.wakeup set due = due - $1 * interval '1 ms', next_due = next_due - $1 * interval '1 ms'
       ), nearer as (
         update becket.outbox set due_at = due_at - $1 * interval '1 ms'
       ), calmer as (
         update becket.breaker set retry_at = retry_at - $1 * interval '1 ms', trial_until = trial_until - $1 * interval '1 ms'
       ), aged as (
         update becket.job set updated_at = updated_at - $1 * interval '1 ms'
       ), received as (
         update becket.callback set received_at = received_at - $1 * interval '1 ms'
       ), observed as (
         update becket.evidence set observed_at = observed_at - $1 * interval '1 ms'
       )
       update becket.expectation set registered_at = registered_at - $1 * interval '1 ms',
         submitted_at = submitted_at - $1 * interval '1 ms', expect_by = expect_by - $1 * interval '1 ms',
         deadline_at = deadline_at - $1 * interval '1 ms', settled_at = settled_at - $1 * interval '1 ms'`,
      [ms],
    )
  }

  return {
    db,
    url: database.url,
    source,
    sources,
    script,
    rules,
    learning,
    learner,
    pipelines,
    callbackUrl,
    expectations: createExpectationService({ ...common, commit: reports, caller }),
    caller,
    jobs: createJobService(common),
    ...createReader(db),
    worker,
    workerWith,
    intake,
    intakeOn,
    intakeWith,
    commitOn,
    request,
    callBack,
    startJob,
    pass,
    [Symbol.asyncDispose]: database.drop,
  }
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
