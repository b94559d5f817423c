/** What every stand-in takes, and what every stand-in is. */
import type { Ledger } from '../ledger/ledger.ts'
import type { RehearsalLog } from './stand-in.ts'

export interface StandInOptions {
  /** Refused when it is production. */
  environment: string
  /** The same seed and the same work meet the same faults. */
  seed: string | number
  /** Default 127.0.0.1. Another one opens the stand-in to other machines. */
  host?: string
  /** Default 0: any free port. */
  port?: number
  /** Made up when absent. */
  apiKey?: string
  maxBodyBytes?: number
  /** Shared with other stand-ins where they shall write one story. */
  ledger?: Ledger
  log?: RehearsalLog
  /** Milliseconds since 1970; for virtual clocks. */
  now?: () => number
}

export interface StandIn<Address> {
  readonly ledger: Ledger
  start(): Promise<Address>
  /** Repeatable. */
  stop(): Promise<void>
}
