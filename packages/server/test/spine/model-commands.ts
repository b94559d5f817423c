/** What may happen to some jobs, a call, and where their results go, as data: drawn by fast-check, carried out by `model-run.ts`. */
import fc from 'fast-check'
import type { Resubmit } from '../../src/core/expectation.ts'
import { type Lane, lanes } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE } from './setup.ts'

export type SubmitWord = 'accepted' | 'no-id' | 'done' | 'failed' | 'refused' | 'rate-limited' | 'unclear' | 'throws'
export type CheckWord = 'pending' | 'done' | 'failed' | 'missing' | 'unavailable' | 'throws'
export type CollectWord = 'collected' | 'missing' | 'unavailable' | 'throws'
export type SinkWord =
  | 'take'
  | 'take half'
  | 'take and throw'
  | 'take and die'
  | 'refuse'
  | 'later'
  | 'retry'
  | 'fault'
  | 'throw'
export type Act = 'settle' | 'fail' | 'not-submitted' | 'check' | 'extend' | 'cancel' | 'cancel-job' | 'retry-job'
export type SinkName = 'keyed' | 'base' | 'strict'
/** `asks`: it waits for the scene's word; the others answer at once. */
export type SinkMode = 'asks' | 'takes' | 'dead'

export type Command =
  /**
   * A worker claims one thing that is due, from this lane or else another, and works on it until it is done or waits for
   * the provider.
   */
  | { do: 'work'; worker: number; lane: Lane }
  /** The provider answers a submit, or a check, that is waiting for it: perhaps one of a worker that lost its lease. */
  | { do: 'answer'; which: number; word: SubmitWord }
  | { do: 'tell'; which: number; word: CheckWord }
  | { do: 'hand-out'; which: number; word: CollectWord }
  /** A sink answers a batch that waits for it. */
  | { do: 'receive'; which: number; word: SinkWord }
  | { do: 'sink'; sink: number; change: SinkMode | 'off' | 'on' }
  /** By hand: the latest delivery, or the one before it, and so on. */
  | { do: 'redeliver'; delivery: number }
  | { do: 'redeliver-all'; sink: number }
  /** The application makes another attempt at its call. */
  | { do: 'call-again' }
  | {
      do: 'callback'
      attempt: number
      by: 'token' | 'signature' | 'nothing' | 'forgery'
      status: 'done' | 'failed' | 'broken' | 'working'
      event: number
    }
  /** What a worker holds falls due again; whatever it was doing goes on, as in a process that hung. */
  | { do: 'crash'; worker: number }
  /** Time passes; `next`: until something falls due. */
  | { do: 'pass'; ms: number | 'next' }
  | { do: 'act'; act: Act; attempt: number }
  /** Both at the same time, on connections of their own. */
  | { do: 'together'; first: Command; second: Command }

export interface Scene {
  jobs: number
  /** An application's own call, which no job waits for. */
  hasCall: boolean
  /** How many the provider may have in hand. */
  limit: number | undefined
  /** Where every end is told. */
  sinks: SinkName[]
  sinkMode: SinkMode
  /** What checks say when a scene is over: nothing, until the deadlines pass, or that all is done. */
  ending: 'pending' | 'done'
  resubmit: Resubmit
  maxRetries: number
  canFind: boolean
  commands: Command[]
}

const worker = fc.nat({ max: 2 })
/** From the latest one back. */
const attempt = fc.constantFrom(0, 0, 0, 1, 1, 2)

const work: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('work' as const),
  worker,
  lane: fc.constantFrom(...lanes),
})

const callback: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('callback' as const),
  attempt,
  by: fc.constantFrom('token' as const, 'signature' as const, 'token' as const, 'nothing' as const, 'forgery' as const),
  status: fc.constantFrom('done' as const, 'failed' as const, 'broken' as const, 'working' as const),
  event: fc.nat({ max: 2 }),
})

const submitWords: SubmitWord[] = [
  'accepted',
  'no-id',
  'done',
  'failed',
  'refused',
  'rate-limited',
  'unclear',
  'throws',
]
const checkWords: CheckWord[] = ['pending', 'done', 'failed', 'missing', 'unavailable', 'throws']
const collectWords: CollectWord[] = ['collected', 'missing', 'unavailable', 'throws']
const sinkWords: SinkWord[] = [
  'take',
  'take',
  'take half',
  'take and throw',
  'take and die',
  'refuse',
  'later',
  'retry',
  'fault',
  'throw',
]
const acts: Act[] = [
  'settle',
  'fail',
  'not-submitted',
  'check',
  'check',
  'extend',
  'cancel',
  'cancel-job',
  'retry-job',
  'retry-job',
]

const which = fc.nat({ max: 2 })
const receive: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('receive' as const),
  which,
  word: fc.constantFrom(...sinkWords),
})

/** What real processes do: it may happen at the same time as anything else. */
const alone: fc.Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: work },
  { weight: 4, arbitrary: callback },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which,
      word: fc.constantFrom(...submitWords),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('tell' as const),
      which,
      word: fc.constantFrom(...checkWords),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('act' as const), act: fc.constantFrom(...acts), attempt }) },
  { weight: 4, arbitrary: receive },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('hand-out' as const), which, word: fc.constantFrom(...collectWords) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('redeliver' as const), delivery: attempt }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redeliver-all' as const), sink: which }) },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'call-again' }) },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 18, arbitrary: alone },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), worker }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom('next' as const, 'next' as const, 'next' as const, MINUTE, 20 * MINUTE, HOUR),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('together' as const), first: alone, second: alone }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('sink' as const),
      sink: which,
      change: fc.constantFrom('asks' as const, 'takes' as const, 'dead' as const, 'off' as const, 'on' as const),
    }),
  },
)

const next: Command = { do: 'pass', ms: 'next' }
const workOn = (lane: Lane, worker = 0): Command => ({ do: 'work', worker, lane })
const answer = (word: SubmitWord): Command => ({ do: 'answer', which: 0, word })
const asked: Command[] = [next, workOn('expectation', 1)]
const unclear: Command[] = [workOn('job'), answer('unclear')]
const died: Command[] = [workOn('job'), { do: 'crash', worker: 0 }, workOn('expectation', 1)]

/** What mere chance would seldom put together: each brings the job a good step further. */
const passage: fc.Arbitrary<Command[]> = fc.oneof(
  fc.constantFrom<Command[]>(
    [workOn('job'), answer('accepted')],
    [workOn('job'), answer('no-id')],
    [...unclear, ...asked, workOn('job', 2)],
    [...died, ...asked],
    [...died, ...asked, workOn('job', 2), answer('accepted')],
    [...unclear, { do: 'act', act: 'not-submitted', attempt: 0 }, next],
    // The deadline passes, and an operator begins again.
    [{ do: 'pass', ms: HOUR }, ...asked, { do: 'act', act: 'retry-job', attempt: 0 }, workOn('job')],
  ),
  fc.constantFrom(...checkWords).map((word): Command[] => [...asked, { do: 'tell', which: 0, word }]),
  callback.map((called): Command[] => [called, workOn('callback', 1)]),
  receive.map((received): Command[] => [workOn('outbox', 2), received]),
  fc.constantFrom<Command[]>(
    // To its end, and on to its sinks.
    [{ do: 'act', act: 'settle', attempt: 0 }, workOn('job'), workOn('outbox')],
    [{ do: 'act', act: 'cancel-job', attempt: 0 }, workOn('outbox'), workOn('outbox', 1)],
    // Whoever delivers is taken for dead; somebody else delivers as well.
    [workOn('outbox'), { do: 'crash', worker: 0 }, workOn('outbox', 1)],
    [{ do: 'receive', which: 0, word: 'refuse' }, { do: 'redeliver', delivery: 0 }, workOn('outbox')],
  ),
)

export const scene: fc.Arbitrary<Scene> = fc.record({
  jobs: fc.constantFrom(1, 1, 2, 3),
  hasCall: fc.boolean(),
  limit: fc.constantFrom(undefined, undefined, 1, 2),
  sinks: fc.subarray(['keyed' as const, 'base' as const, 'strict' as const]),
  sinkMode: fc.constantFrom('asks' as const, 'asks' as const, 'takes' as const, 'dead' as const),
  ending: fc.constantFrom('pending' as const, 'done' as const),
  resubmit: fc.constantFrom('safe' as const, 'safe' as const, 'ask' as const),
  maxRetries: fc.nat({ max: 2 }),
  canFind: fc.boolean(),
  commands: fc
    .array(fc.oneof({ weight: 3, arbitrary: passage }, { weight: 2, arbitrary: command.map((one) => [one]) }), {
      minLength: 4,
      maxLength: 14,
      size: 'max',
    })
    .map((passages) => passages.flat().slice(0, 36)),
})
