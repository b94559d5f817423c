/** Carries a scene out on the real store and engine, one command after the other, and then lets everything come to its end. */
import { AppError } from '../../src/core/error.ts'
import type { CheckAnswer, SubmitAnswer } from '../../src/providers/provider.ts'
import { type Claim, type Lane, LostLease, lanes, retryWakeup } from '../../src/store/wakeups.ts'
import type { CheckWord, Command, Scene, SubmitWord } from './model-commands.ts'
import { writeLog } from './model-log.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'
import type { Worker } from './worker.ts'

/** A call that waits for the provider's answer. */
interface Call<Answer> {
  id: string
  resolve(answer: Answer): void
  reject(error: Error): void
}

export interface ModelRun {
  spine: Spine
  jobId: string
  /** Callbacks that were acknowledged, with what was sent. */
  accepted: Map<string, string>
  /** Errors that nobody may see: everything but a lost lease and the provider's own faults. */
  surprises: unknown[]
  carryOut(command: Command): Promise<void>
  /** No more words from the provider or an operator: time passes until nothing is open. */
  end(): Promise<void>
  /** The workers that hung wake up after everything is over. */
  wakeTheDead(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

class ProviderFault extends Error {}

const error = { code: 'SAID_SO', message: 'it went wrong', retryable: true }

export async function startModel({ resubmit, maxRetries, canFind }: Scene): Promise<ModelRun> {
  const spine = await setup({
    resubmit,
    maxRetries,
    abilities: canFind ? ['check', 'find'] : ['check'],
    stages: {
      submission: {
        absorb: (output) => ({
          kind: 'usable',
          output,
          effects: async (tx) => void (await tx.query(`insert into becket.effect values ('response')`)),
        }),
      },
      validate: async () => ({
        outcome: { kind: 'done' },
        effects: async (tx) => void (await tx.query(`insert into becket.effect values ('validate')`)),
      }),
    },
  })
  const { db, script } = spine
  await db.query('create table becket.effect (what text not null)')
  await writeLog(db)
  const workers = ['one', 'two', 'three'].map((name) => spine.worker(name))
  const submits: Call<SubmitAnswer>[] = []
  const checks: Call<CheckAnswer>[] = []
  const running = new Set<Promise<void>>()
  const accepted = new Map<string, string>()
  const surprises: unknown[] = []
  const reached = new Set<string>()
  let onCall = () => {}
  const waitFor = <Answer>(calls: Call<Answer>[], id: string) =>
    new Promise<Answer>((resolve, reject) => {
      calls.push({ id, resolve, reject })
      onCall()
    })
  script.submit = (request) => waitFor(submits, request.clientId)
  script.check = (expected) => waitFor(checks, expected.id)
  script.find = async ({ id }) => (reached.has(id) ? { externalId: `ext-${id}` } : null)
  const jobId = await spine.startJob()

  async function work(worker: Worker, lane: Lane): Promise<void> {
    const claim = await claimAny(worker, lane)
    if (claim === undefined) return
    const called = new Promise<void>((resolve) => {
      onCall = resolve
    })
    const done = worker.handle(claim).catch(async (thrown: unknown) => {
      if (thrown instanceof LostLease) return
      if (!(thrown instanceof ProviderFault)) surprises.push(thrown)
      await retryWakeup(db, claim)
    })
    running.add(done)
    void done.finally(() => running.delete(done))
    await Promise.race([done, called])
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

  async function attemptAt(fromLatest: number): Promise<string | undefined> {
    return (await spine.attempts(jobId)).at(-1 - fromLatest)?.id
  }

  /** The caller's work goes on up to its next call, or its end. */
  async function settleDown(answer: () => void): Promise<void> {
    const called = new Promise<void>((resolve) => {
      onCall = resolve
    })
    const before = [...running]
    answer()
    await Promise.race([called, ...before])
  }

  async function answerSubmit(which: number, word: SubmitWord): Promise<void> {
    const [call] = submits.splice(which % Math.max(1, submits.length), 1)
    if (call === undefined) return
    if (word !== 'refused' && word !== 'rate-limited') reached.add(call.id)
    await settleDown(() => {
      if (word === 'throws') call.reject(new ProviderFault('the provider’s code failed'))
      else call.resolve(submitAnswer(word, call.id))
    })
  }

  async function answerCheck(which: number, word: CheckWord): Promise<void> {
    const [call] = checks.splice(which % Math.max(1, checks.length), 1)
    if (call === undefined) return
    await settleDown(() => {
      if (word === 'throws') call.reject(new ProviderFault('the provider’s code failed'))
      else call.resolve(checkAnswer(word))
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

  async function act(command: Extract<Command, { do: 'act' }>): Promise<void> {
    const { expectations, jobs } = spine
    const id = (await attemptAt(command.attempt)) ?? 'exp_none'
    const reason = 'an operator decided'
    const doings = {
      settle: () => expectations.settle(id, { verdict: 'succeeded', output: 'by hand', reason }, somebody),
      fail: () => expectations.settle(id, { verdict: 'failed', reason }, somebody),
      'not-submitted': () => expectations.notSubmitted(id, { reason }, somebody),
      check: () => expectations.check(id, somebody),
      extend: () => expectations.extend(id, { by: HOUR, reason }, somebody),
      'cancel-job': () => jobs.cancel(jobId, { reason }, somebody),
      'retry-job': () => jobs.retry(jobId, somebody),
    }
    try {
      await doings[command.act]()
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'STATE_CONFLICT') surprises.push(thrown)
    }
  }

  async function crash(worker: Worker): Promise<void> {
    await db.query(`update becket.wakeup set owner = 'ins_dead', due = clock_timestamp() where owner = $1`, [
      worker.owner,
    ])
  }

  async function carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'work':
        return work(workerAt(command.worker), command.lane)
      case 'answer':
        return answerSubmit(command.which, command.word)
      case 'tell':
        return answerCheck(command.which, command.word)
      case 'callback':
        return callBack(command)
      case 'crash':
        return crash(workerAt(command.worker))
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

  async function end(): Promise<void> {
    script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
    script.check = async () => ({ kind: 'pending' })
    const closer = spine.worker('closer')
    // Five hours: more than the deadlines of all the attempts that a scene can bring about.
    for (let round = 0; round < 30; round++) {
      for (const lane of lanes) {
        for (const claim of await closer.claim(lane)) {
          await closer.handle(claim).catch((thrown: unknown) => {
            if (!(thrown instanceof LostLease)) surprises.push(thrown)
          })
        }
      }
      const [left] = await spine.all('select 1 from becket.wakeup limit 1')
      if (left === undefined) return
      await spine.pass(10 * MINUTE)
    }
  }

  async function wakeTheDead(): Promise<void> {
    for (const call of submits.splice(0)) call.resolve(submitAnswer('accepted', call.id))
    for (const call of checks.splice(0)) call.resolve(checkAnswer('failed'))
    await Promise.all(running)
  }

  return {
    spine,
    jobId,
    accepted,
    surprises,
    carryOut,
    end,
    wakeTheDead,
    async [Symbol.asyncDispose]() {
      await wakeTheDead().catch(() => {})
      await spine[Symbol.asyncDispose]()
    },
  }
}

function submitAnswer(word: Exclude<SubmitWord, 'throws'>, id: string): SubmitAnswer {
  switch (word) {
    case 'accepted':
      return { kind: 'accepted', externalId: `ext-${id}` }
    case 'no-id':
      return { kind: 'accepted', externalId: null }
    case 'done':
      return { kind: 'answered', externalId: `ext-${id}`, outcome: { verdict: 'succeeded', output: 'at once' } }
    case 'failed':
      return { kind: 'answered', externalId: null, outcome: { verdict: 'failed', error } }
    case 'refused':
      return { kind: 'refused', error }
    case 'rate-limited':
      return { kind: 'refused', error, retryAfterMs: MINUTE }
    case 'unclear':
      return { kind: 'unclear', error }
    default:
      return word satisfies never
  }
}

function checkAnswer(word: Exclude<CheckWord, 'throws'>): CheckAnswer {
  switch (word) {
    case 'done':
      return { kind: 'outcome', outcome: { verdict: 'succeeded', output: 'asked' } }
    case 'failed':
      return { kind: 'outcome', outcome: { verdict: 'failed', error } }
    case 'unavailable':
      return { kind: 'unavailable', reason: 'the status API is down' }
    default:
      return { kind: word }
  }
}
