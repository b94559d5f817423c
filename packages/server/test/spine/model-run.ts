/** Carries a scene out on the real store and engine, one command after the other, and then lets everything come to its end. */
import { AppError } from '../../src/core/error.ts'
import type { CheckAnswer, CollectAnswer, SubmitAnswer } from '../../src/providers/provider.ts'
import { createDeliveryService } from '../../src/services/deliveries.ts'
import { noRoom } from '../../src/store/handover.ts'
import { type Claim, type Lane, LostLease, lanes, retryWakeup } from '../../src/store/wakeups.ts'
import type { Command, Scene } from './model-commands.ts'
import { endOf } from './model-end.ts'
import { writeLog } from './model-log.ts'
import { createModelSinks, type ModelSinks } from './model-sinks.ts'
import { type Call, createTasks, ScriptedFault } from './model-tasks.ts'
import { checkAnswer, collectAnswer, submitAnswer } from './model-words.ts'
import { forbidPast } from './no-past.ts'
import { HOUR, type Spine, setup, somebody } from './setup.ts'
import type { Worker } from './worker.ts'

// 4: more callbacks than that are seldom due at once.
const TOGETHER = 4

export interface ModelRun {
  spine: Spine
  scene: Scene
  places: ModelSinks
  /** Callbacks that were acknowledged, with what was sent. */
  accepted: Map<string, string>
  /** Errors that nobody may see: everything but a lost lease and the provider's own faults. */
  surprises: unknown[]
  carryOut(command: Command): Promise<void>
  /** No more words from the provider, a sink or an operator: time passes until nothing is open. */
  end(): Promise<void>
  /** The workers that hung wake up after everything is over. */
  wakeTheDead(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startModel(scene: Scene): Promise<ModelRun> {
  const tasks = createTasks()
  const places = createModelSinks(scene.sinks, scene.sinkMode, tasks)
  const spine = await setup({
    sinks: places.sinks,
    resubmit: scene.resubmit,
    maxRetries: scene.maxRetries,
    concurrency: scene.limit,
    room: { ...noRoom(() => {}), isLimited: () => scene.limit !== undefined },
    abilities: scene.canFind ? ['check', 'find'] : ['check'],
    settlesAtIntake: scene.settlesAtIntake,
    stages: {
      submission: {
        absorb: (output) => ({
          kind: 'usable',
          output,
          effects: async (tx) => void (await tx.query(`insert into becket.effect values ('response', null)`)),
        }),
      },
      validate: async ({ job }) => ({
        outcome: { kind: 'done' },
        effects: async (tx) => void (await tx.query(`insert into becket.effect values ('validate', $1)`, [job.id])),
      }),
    },
  })
  const { db, script, expectations, jobs } = spine
  await db.query('create table becket.effect (what text not null, job_id text)')
  await writeLog(db, scene.limit)
  await forbidPast(db)
  const deliveries = createDeliveryService({ db, room: noRoom(() => {}), sinks: places.sinks })
  const workers = ['one', 'two', 'three'].map((name) => spine.worker(name))
  const submits = tasks.calls<SubmitAnswer>()
  const checks = tasks.calls<CheckAnswer>()
  const collects = tasks.calls<CollectAnswer>()
  const accepted = new Map<string, string>()
  const surprises: unknown[] = []
  const reached = new Set<string>()
  script.submit = (request) => submits.wait(request.clientId)
  script.check = (expected) => checks.wait(expected.id)
  script.find = async ({ id }) => (reached.has(id) ? { externalId: `ext-${id}` } : null)
  spine.source.api.collect = (expected) => collects.wait(expected.id)

  const jobIds: string[] = []
  for (let index = 0; index < scene.jobs; index++) {
    jobIds.push(await spine.startJob(places.destinations(`job-${index}`)))
  }
  if (scene.call !== 'none') await call()

  /** The application registers an attempt at its call, and has submitted it, or leaves that to Becket. */
  async function call(): Promise<void> {
    const spec = { source: 'parser', operation: 'parse', key: 'call', deliverTo: [...places.names] }
    if (scene.call === 'left') {
      const left = { ...spec, attempt: 'new', submit: true } as const
      return tasks.start(() => attempt(() => expectations.register(left, somebody)))
    }
    const { expectation } = await expectations.register({ ...spec, attempt: 'new' }, somebody)
    await expectations.dispatched(expectation.id, { externalId: `ext-${expectation.id}` }, somebody)
  }

  async function work(worker: Worker, lane: Lane): Promise<void> {
    const claim = await claimAny(worker, lane)
    if (claim !== undefined) await handle(worker, claim)
  }

  function handle(worker: Worker, claim: Claim): Promise<void> {
    return tasks.start(() =>
      worker.handle(claim).catch(async (thrown: unknown) => {
        if (thrown instanceof LostLease) return
        if (!(thrown instanceof ScriptedFault)) surprises.push(thrown)
        await retryWakeup(db, claim)
      }),
    )
  }

  async function claimAny(worker: Worker, first: Lane): Promise<Claim | undefined> {
    for (const lane of [first, ...lanes]) {
      const [claim] = await worker.claim(lane, 1)
      if (claim !== undefined) return claim
    }
    return undefined
  }

  async function pass(ms: number | 'next'): Promise<void> {
    const { nextMs } = await spine.one<{ nextMs: number | null }>(
      `select (extract(epoch from min(due) - clock_timestamp()) * 1000)::float8 as "nextMs" from becket.wakeup`,
      [],
    )
    await spine.pass(ms === 'next' ? Math.max(0, (nextMs ?? 0) + 1) : ms)
  }

  /** Of all jobs and the call. */
  async function attemptAt(fromLatest: number): Promise<string | undefined> {
    const [row] = await spine.all<{ id: string }>(
      'select id from becket.expectation order by registered_at desc offset $1 limit 1',
      [fromLatest],
    )
    return row?.id
  }

  async function answer<Answer>(call: Call<Answer> | undefined, word: Answer | 'throws'): Promise<void> {
    if (call === undefined) return
    await tasks.resume(call, () => {
      if (word === 'throws') call.reject(new ScriptedFault('the provider’s code failed'))
      else call.resolve(word)
    })
  }

  async function callBack(command: Extract<Command, { do: 'callback' }>): Promise<void> {
    const expectationId = await attemptAt(command.attempt)
    if (expectationId === undefined) return
    const { by, status } = command
    const body = JSON.stringify({ id: `ext-${expectationId}`, status, event: command.event })
    const eventId = `${expectationId}/${command.event}`
    try {
      accepted.set(await spine.callBack({ by, expectationId, body, eventId }), body)
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'CALLBACK_REFUSED') surprises.push(thrown)
    }
  }

  /** An operator or an application does something that may not be possible any more, and is told so. */
  async function attempt(doing: () => Promise<unknown>): Promise<void> {
    try {
      await doing()
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !refusals.has(thrown.code)) surprises.push(thrown)
    }
  }

  async function act(command: Extract<Command, { do: 'act' }>): Promise<void> {
    const id = (await attemptAt(command.attempt)) ?? 'exp_none'
    const jobId = jobIds.at(-1 - (command.attempt % jobIds.length)) ?? 'job_none'
    const reason = 'an operator decided'
    const doings = {
      settle: () => expectations.settle(id, { verdict: 'succeeded', output: 'by hand', reason }, somebody),
      fail: () => expectations.settle(id, { verdict: 'failed', reason }, somebody),
      'not-submitted': () => expectations.notSubmitted(id, { reason }, somebody),
      check: () => expectations.check(id, somebody),
      extend: () => expectations.extend(id, { by: HOUR, reason }, somebody),
      cancel: () => expectations.cancel(id, { reason }, somebody),
      'cancel-job': () => jobs.cancel(jobId, { reason }, somebody),
      'retry-job': () => jobs.retry(jobId, somebody),
    }
    await attempt(doings[command.act])
  }

  async function redeliver(fromLatest: number): Promise<void> {
    const [row] = await spine.all<{ id: string }>('select id from becket.outbox order by id desc offset $1 limit 1', [
      fromLatest,
    ])
    if (row !== undefined) await attempt(() => deliveries.redeliver(row.id, { reason: 'asked for' }, somebody))
  }

  async function crash(owner: string): Promise<void> {
    await db.query(`update becket.wakeup set owner = 'ins_dead', due = clock_timestamp() where owner = $1`, [owner])
  }

  async function carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'work':
        return work(workerAt(command.worker), command.lane)
      case 'match': {
        const worker = workerAt(command.worker)
        const claims = await worker.claim('callback', TOGETHER)
        await Promise.all(claims.map((claim) => handle(worker, claim)))
        return
      }
      case 'answer': {
        const call = submits.take(command.which)
        const { word } = command
        if (call !== undefined && word !== 'refused' && word !== 'rate-limited') reached.add(call.asked)
        return answer(call, word === 'throws' ? word : submitAnswer(word, call?.asked ?? ''))
      }
      case 'tell':
        return answer(checks.take(command.which), command.word === 'throws' ? 'throws' : checkAnswer(command.word))
      case 'hand-out':
        return answer(collects.take(command.which), command.word === 'throws' ? 'throws' : collectAnswer(command.word))
      case 'receive':
        return places.answer(command.which, command.word)
      case 'sink':
        return places.change(command.sink, command.change)
      case 'redeliver':
        return redeliver(command.delivery)
      case 'redeliver-all': {
        const sink = places.at(command.sink)
        if (sink !== undefined) await attempt(() => deliveries.redeliverAll({ sink, reason: 'asked for' }, somebody))
        return
      }
      case 'call-again':
        return scene.call === 'none' ? undefined : attempt(call)
      case 'callback':
        return callBack(command)
      case 'crash':
        return crash(workers[command.worker]?.owner ?? spine.caller.owner)
      case 'pass':
        return pass(command.ms)
      case 'act':
        return act(command)
      case 'together':
        await Promise.all([carryOut(command.first), carryOut(command.second)])
        return
      default:
        return command satisfies never
    }
  }

  function workerAt(index: number): Worker {
    const worker = workers[index]
    if (worker === undefined) throw new Error(`there is no worker ${index}`)
    return worker
  }

  async function wakeTheDead(): Promise<void> {
    for (const call of submits.takeAll()) call.resolve(submitAnswer('accepted', call.asked))
    for (const call of checks.takeAll()) call.resolve(checkAnswer('failed'))
    for (const call of collects.takeAll()) call.resolve(collectAnswer('collected'))
    places.wakeTheDead()
    await tasks.over()
  }

  return {
    spine,
    scene,
    places,
    accepted,
    surprises,
    carryOut,
    end: () => endOf({ spine, scene, places, surprises }),
    wakeTheDead,
    async [Symbol.asyncDispose]() {
      await wakeTheDead().catch(() => {})
      await spine[Symbol.asyncDispose]()
    },
  }
}

const refusals: ReadonlySet<string> = new Set(['STATE_CONFLICT', 'CONFLICT', 'RATE_LIMITED', 'UNAVAILABLE'])
