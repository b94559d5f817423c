/** Asks a job's luck whether a fault strikes, and writes it down when it does. The only way to a render fault. */
import type { RenderFaults } from '../faults/faults.ts'
import type { Luck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** A job, or a submit that may never become one. */
export interface Struck {
  work: string
  attempt: number
  luck: Luck
  faults: RenderFaults
  /** Absent where no job was made. */
  id?: string
}

export interface Striker {
  strikes(struck: Struck, name: Exclude<keyof RenderFaults, 'delay'>): boolean
  note(struck: Struck, name: keyof RenderFaults): void
}

export function createStriker(ledger: Ledger): Striker {
  const note = ({ work, attempt, id }: Struck, fault: keyof RenderFaults) =>
    ledger.record({ kind: 'fault', standIn: 'nca', operation: 'render', fault, work, attempt, jobId: id ?? null })
  return {
    note,
    strikes(struck, name) {
      if (!struck.luck.strikes(name, struck.faults[name])) return false
      note(struck, name)
      return true
    },
  }
}
