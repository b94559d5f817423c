/**
 * All stand-ins together, with one seed, one set of faults and one ledger: what the demo and the tests start. Refuses to
 * run in production.
 */
import type { DistributionInput } from './faults/distribution.ts'
import type { FaultsInput } from './faults/faults.ts'
import { parseFaults } from './faults/parse-faults.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { createLlamaParse, type LlamaParseAddress } from './llamaparse/llamaparse.ts'
import { createNca, type NcaAddress } from './nca/nca.ts'
import { createOpenAi, type OpenAiAddress } from './openai/openai.ts'
import type { Reach } from './stage/reach.ts'
import { refuseProduction } from './stage/rehearsal-error.ts'
import type { RehearsalLog } from './stage/stand-in.ts'
import { createStorage, type StorageAddress } from './storage/storage.ts'

export interface RehearsalOptions {
  environment: string
  seed: string | number
  faults?: FaultsInput
  log?: RehearsalLog
  /** Default 127.0.0.1. */
  host?: string
  /** Any free port where none is given. */
  ports?: { llamaparse?: number; openai?: number; storage?: number; nca?: number; ncaFiles?: number }
  /** See `LlamaParseOptions`. */
  timeScale?: number
  processing?: DistributionInput
  /** As `processing`, of the NCA Toolkit. */
  rendering?: DistributionInput
  /** See `NcaOptions`. */
  ffmpeg?: string | null
  reach?: Reach
  bucket?: string
  now?: () => number
}

export interface RehearsalAddresses {
  llamaparse: LlamaParseAddress
  openai: OpenAiAddress
  storage: StorageAddress
  nca: NcaAddress
}

export interface Rehearsal {
  readonly ledger: Ledger
  start(): Promise<RehearsalAddresses>
  /** Repeatable. Aborts pending callbacks and hung requests. */
  stop(): Promise<void>
  /** From now on, for all stand-ins; what is not named has no faults any more. */
  setFaults(faults: FaultsInput): void
}

export function createRehearsal(options: RehearsalOptions): Rehearsal {
  const { faults = {}, ports = {}, now = Date.now, environment } = options
  // As a whole, so that an operation that does not exist is refused as well.
  parseFaults(faults)
  const ledger = createLedger({ now })
  const { seed, log, host, bucket, timeScale, processing, reach } = options
  const shared = { environment, seed, log, host, ledger, now }
  const llamaparse = createLlamaParse({
    ...shared,
    faults: faults.parse,
    port: ports.llamaparse,
    timeScale,
    processing,
    reach,
  })
  const openai = createOpenAi({ ...shared, faults: faults.embed, port: ports.openai })
  const storage = createStorage({ ...shared, faults: faults.store, port: ports.storage, bucket })
  const nca = createNca({
    ...shared,
    faults: faults.render,
    port: ports.nca,
    filesPort: ports.ncaFiles,
    processing: options.rendering,
    ffmpeg: options.ffmpeg,
    reach,
  })

  async function stop(): Promise<void> {
    await Promise.all([llamaparse.stop(), openai.stop(), storage.stop(), nca.stop()])
  }

  return {
    ledger,
    stop,
    async start() {
      refuseProduction('rehearsal', environment)
      try {
        return {
          llamaparse: await llamaparse.start(),
          openai: await openai.start(),
          storage: await storage.start(),
          nca: await nca.start(),
        }
      } catch (fault) {
        await stop()
        throw fault
      }
    },
    setFaults(next) {
      parseFaults(next)
      llamaparse.setFaults(next.parse)
      openai.setFaults(next.embed)
      storage.setFaults(next.store)
      nca.setFaults(next.render)
    },
  }
}
