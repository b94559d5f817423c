/** What may happen to one job and its attempts, as data: drawn by fast-check, carried out by `model-run.ts`. */
import fc from 'fast-check'
import type { Resubmit } from '../../src/core/expectation.ts'
import { type Lane, lanes } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE } from './setup.ts'

export type SubmitWord = 'accepted' | 'no-id' | 'done' | 'failed' | 'refused' | 'rate-limited' | 'unclear' | 'throws'
export type CheckWord = 'pending' | 'done' | 'failed' | 'missing' | 'unavailable' | 'throws'
export type Act = 'settle' | 'fail' | 'not-submitted' | 'check' | 'extend' | 'cancel-job' | 'retry-job'

export type Command =
  /**
   * A worker claims one thing that is due, from this lane or else another, and works on it until it is done or waits for
   * the provider.
   */
  | { do: 'work'; worker: number; lane: Lane }
  /** The provider answers a submit, or a check, that is waiting for it: perhaps one of a worker that lost its lease. */
  | { do: 'answer'; which: number; word: SubmitWord }
  | { do: 'tell'; which: number; word: CheckWord }
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
const acts: Act[] = [
  'settle',
  'fail',
  'not-submitted',
  'check',
  'check',
  'extend',
  'cancel-job',
  'retry-job',
  'retry-job',
]

/** What real processes do: it may happen at the same time as anything else. */
const alone: fc.Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: work },
  { weight: 4, arbitrary: callback },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which: fc.nat({ max: 2 }),
      word: fc.constantFrom(...submitWords),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('tell' as const),
      which: fc.nat({ max: 2 }),
      word: fc.constantFrom(...checkWords),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('act' as const), act: fc.constantFrom(...acts), attempt }) },
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
)

export const scene: fc.Arbitrary<Scene> = fc.record({
  resubmit: fc.constantFrom('safe' as const, 'safe' as const, 'ask' as const),
  maxRetries: fc.nat({ max: 2 }),
  canFind: fc.boolean(),
  commands: fc
    .array(fc.oneof({ weight: 3, arbitrary: passage }, { weight: 2, arbitrary: command.map((one) => [one]) }), {
      minLength: 4,
      maxLength: 14,
      size: 'max',
    })
    .map((passages) => passages.flat().slice(0, 30)),
})
