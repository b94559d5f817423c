/** The luck of one request to a table: which faults befall it. Writes down those that do; `routes.ts` acts them out. */
import { createHash } from 'node:crypto'
import type { Attempts } from '../faults/attempts.ts'
import type { Dice } from '../faults/dice.ts'
import type { AirtableFaults } from '../faults/faults.ts'
import { createLuck, type Luck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'

export interface AirtableTouched {
  luck: Luck
  faults: AirtableFaults
  strikes(name: Exclude<keyof AirtableFaults, 'delay'>): boolean
}

export interface AirtableMishaps {
  /** `asked`: what makes this request another than all others, without what changes from run to run. */
  touch(asked: readonly unknown[]): AirtableTouched
}

export interface AirtableMishapsOptions {
  attempts: Attempts
  dice: Dice
  faults: () => AirtableFaults
  ledger: Ledger
}

export function createAirtableMishaps({ attempts, dice, faults, ledger }: AirtableMishapsOptions): AirtableMishaps {
  return {
    touch(asked) {
      const work = createHash('sha256').update(JSON.stringify(asked)).digest('hex')
      const attempt = attempts.next(work)
      const luck = createLuck({ dice, operation: 'airtable', work, attempt })
      // As they are now: an attachment that is fetched later keeps the luck of its request.
      const current = faults()
      return {
        luck,
        faults: current,
        strikes(name) {
          if (!luck.strikes(name, current[name])) return false
          ledger.record({
            kind: 'fault',
            standIn: 'airtable',
            operation: 'airtable',
            fault: name,
            work,
            attempt,
            jobId: null,
          })
          return true
        },
      }
    },
  }
}
