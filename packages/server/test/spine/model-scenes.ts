/** Draws the scenes of the model test: commands one by one, and passages of them. */
import fc from 'fast-check'
import { type Lane, lanes } from '../../src/store/wakeups.ts'
import type { Act, CheckWord, CollectWord, Command, Scene, SinkWord, SubmitWord } from './model-commands.ts'
import { HOUR, MINUTE } from './setup.ts'

const worker = fc.nat({ max: 2 })
/** From the latest one back. */
const attempt = fc.constantFrom(0, 0, 0, 1, 1, 2)

const work: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('work' as const),
  worker,
  lane: fc.constantFrom(...lanes),
})

const callback: fc.Arbitrary<Extract<Command, { do: 'callback' }>> = fc.record({
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
  { weight: 2, arbitrary: fc.record({ do: fc.constant('match' as const), worker: which }) },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 18, arbitrary: alone },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), worker: fc.nat({ max: 3 }) }) },
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

const twice = (...commands: Command[]): Command[] => [...commands, ...commands]
const next: Command = { do: 'pass', ms: 'next' }
const workOn = (lane: Lane, worker = 0): Command => ({ do: 'work', worker, lane })
const answer = (word: SubmitWord): Command => ({ do: 'answer', which: 0, word })
const asked: Command[] = [next, workOn('expectation', 1)]
const unclear: Command[] = [workOn('job'), answer('unclear')]
const refused: Command[] = [workOn('outbox'), { do: 'receive', which: 0, word: 'refuse' }]
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
  fc
    .array(callback, { minLength: 2, maxLength: 3 })
    .map((called): Command[] => [...called, { do: 'match', worker: 1 }]),
  // Another call, whose answer and callback come together.
  fc
    .tuple(fc.constantFrom(...submitWords), callback)
    .map(([word, called]): Command[] => [
      { do: 'call-again' },
      { do: 'together', first: { do: 'answer', which: 0, word }, second: { ...called, attempt: 0 } },
    ]),
)

/** The same for what comes after the end of a piece of work. */
const delivery: fc.Arbitrary<Command[]> = fc.oneof(
  receive.map((received): Command[] => [workOn('outbox', 2), received]),
  fc.constantFrom<Command[]>(
    // To its end, and on to its sinks.
    [{ do: 'act', act: 'settle', attempt: 0 }, workOn('job'), workOn('outbox')],
    [{ do: 'act', act: 'cancel-job', attempt: 0 }, workOn('outbox'), workOn('outbox', 1)],
    // Two ends of one piece of work, the first of which is not taken at once.
    [
      ...twice({ do: 'call-again' }, { do: 'act', act: 'settle', attempt: 0 }),
      workOn('outbox'),
      { do: 'receive', which: 0, word: 'retry' },
      { do: 'receive', which: 0, word: 'take' },
    ],
    [...twice({ do: 'act', act: 'cancel-job', attempt: 0 }, { do: 'act', act: 'retry-job', attempt: 0 }), ...refused],
    // Whoever delivers is taken for dead; somebody else delivers as well.
    [workOn('outbox'), { do: 'crash', worker: 0 }, workOn('outbox', 1)],
    [{ do: 'receive', which: 0, word: 'refuse' }, { do: 'redeliver', delivery: 0 }, workOn('outbox')],
  ),
)

/** And for a provider that may have only so much in hand. */
const crowd: fc.Arbitrary<Command[]> = fc.constantFrom<Command[]>(
  [{ do: 'together', first: workOn('job'), second: workOn('job', 1) }],
  // One after the other, and the provider is done with the first.
  [
    workOn('job'),
    answer('accepted'),
    workOn('job', 1),
    { do: 'callback', attempt: 0, by: 'token', status: 'done', event: 0 },
    workOn('callback'),
  ],
)

export const scene: fc.Arbitrary<Scene> = fc.record({
  jobs: fc.constantFrom(1, 2, 3),
  call: fc.constantFrom('none' as const, 'own' as const, 'left' as const),
  limit: fc.constantFrom(undefined, undefined, 1, 1, 2),
  sinks: fc.subarray(['keyed' as const, 'base' as const, 'strict' as const]),
  sinkMode: fc.constantFrom('asks' as const, 'asks' as const, 'asks' as const, 'takes' as const, 'dead' as const),
  ending: fc.constantFrom('pending' as const, 'done' as const),
  resubmit: fc.constantFrom('safe' as const, 'safe' as const, 'ask' as const),
  maxRetries: fc.nat({ max: 2 }),
  canFind: fc.boolean(),
  settlesAtIntake: fc.boolean(),
  commands: fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: passage },
        { weight: 3, arbitrary: delivery },
        { weight: 2, arbitrary: crowd },
        { weight: 4, arbitrary: command.map((one) => [one]) },
      ),
      { minLength: 4, maxLength: 14, size: 'max' },
    )
    .map((passages) => passages.flat().slice(0, 36)),
})
