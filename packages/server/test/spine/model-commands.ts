/**
 * What may happen to some jobs, a call, and where their results go, as data: drawn in `model-scenes.ts`, carried out by
 * `model-run.ts`.
 */
import type { Resubmit } from '../../src/core/expectation.ts'
import type { Lane } from '../../src/store/wakeups.ts'

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
  /** A worker claims some callbacks that are due, and matches them together. */
  | { do: 'match'; worker: number }
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
  /** What a worker, or whoever calls for applications, holds falls due again; it goes on, as in a process that hung. */
  | { do: 'crash'; worker: number }
  /** Time passes; `next`: until something falls due. */
  | { do: 'pass'; ms: number | 'next' }
  | { do: 'act'; act: Act; attempt: number }
  /** Both at the same time, on connections of their own. */
  | { do: 'together'; first: Command; second: Command }

export interface Scene {
  jobs: number
  /** An application's own call, which no job waits for: the application makes it, or leaves it to Becket. */
  call: 'none' | 'own' | 'left'
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
  /** Or callbacks are stored first, and read later. */
  settlesAtIntake: boolean
  commands: Command[]
}
