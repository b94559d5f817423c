/** The luck of one attempt on one piece of work: which faults befall it, and how long things take. Decides, does nothing. */
import type { Dice } from './dice.ts'
import { type Distribution, sampleMs } from './distribution.ts'
import type { FaultName } from './faults.ts'

export interface Luck {
  /** Whether the fault strikes. `fault` is absent where it is not configured. */
  strikes(name: FaultName, fault: { rate: number; attempts?: number | undefined } | undefined): boolean
  /** Zero where no distribution is configured. */
  ms(question: string, distribution: Distribution | undefined): number
  /** One of `options`, which must not be empty. */
  pick(question: string, options: readonly [string, ...string[]]): string
}

export interface LuckOf {
  dice: Dice
  operation: string
  /** Stable across runs: a SHA-256, an object's path. */
  work: string
  /** Counts from 1, per work. */
  attempt: number
}

export function createLuck({ dice, operation, work, attempt }: LuckOf): Luck {
  const roll = (question: string) => dice.roll(operation, question, `${work}#${attempt}`)
  return {
    strikes(name, fault) {
      if (!fault || (fault.attempts !== undefined && attempt > fault.attempts)) return false
      return roll(name) < fault.rate
    },
    ms(question, distribution) {
      return distribution ? sampleMs(distribution, [roll(question), roll(`${question}/second`)]) : 0
    },
    pick(question, options) {
      return options[Math.floor(roll(question) * options.length)] ?? options[0]
    },
  }
}
