/**
 * All stand-ins together, with one seed, one set of faults and one ledger: what the demo and the tests start. Refuses to
 * run in production.
 */
import { type AirtableAddress, type AirtableOptions, type AirtableRow, createAirtable } from './airtable/airtable.ts'
import { changeFaults, type FaultsChange } from './faults/change-faults.ts'
import type { DistributionInput } from './faults/distribution.ts'
import type { FaultsInput } from './faults/faults.ts'
import { parseFaults } from './faults/parse-faults.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { createLlamaParse, type LlamaParseAddress } from './llamaparse/llamaparse.ts'
import { createNca, type NcaAddress, type NcaOptions } from './nca/nca.ts'
import { createOpenAi, type OpenAiAddress } from './openai/openai.ts'
import { createS3, type S3Address, type S3Options } from './s3/s3.ts'
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
  ports?: Partial<Record<'llamaparse' | 'openai' | 'storage' | 'nca' | 'ncaFiles' | 'airtable' | 's3', number>>
  /** See `LlamaParseOptions`. */
  timeScale?: number
  processing?: DistributionInput
  /** As `processing`, of the NCA Toolkit. */
  rendering?: DistributionInput
  /** See `NcaOptions`. */
  ffmpeg?: string | null
  ncaInputs?: NcaOptions['inputs']
  reach?: Reach
  bucket?: string
  /** Started only where it is named. Its pace is `timeScale`, unless it has one of its own. */
  airtable?: Pick<AirtableOptions, 'bases' | 'limits' | 'timeScale'>
  /** Started only where it is named. With `ncaOutputs`, what the NCA Toolkit makes lies in its public bucket. */
  s3?: Pick<S3Options, 'bucket' | 'publicBucket' | 'region'> & { ncaOutputs?: boolean }
  now?: () => number
}

export interface RehearsalAddresses {
  llamaparse: LlamaParseAddress
  openai: OpenAiAddress
  storage: StorageAddress
  nca: NcaAddress
  /** Null where it was not named in the options. */
  airtable: AirtableAddress | null
  s3: S3Address | null
}

export interface Rehearsal {
  readonly ledger: Ledger
  start(): Promise<RehearsalAddresses>
  /** Repeatable. Aborts pending callbacks and hung requests. */
  stop(): Promise<void>
  /** From now on, for all stand-ins; what is not named has no faults any more. */
  setFaults(faults: FaultsInput): void
  /** As `setFaults`, but what is not named stays; null takes a fault away. */
  change(faults: FaultsChange): void
  /** What lies in the Airtable now; nothing where there is none. */
  rows(): AirtableRow[]
}

export function createRehearsal(options: RehearsalOptions): Rehearsal {
  const { faults = {}, ports = {}, now = Date.now, environment } = options
  // As a whole, so that an operation that does not exist is refused as well.
  parseFaults(faults)
  const ledger = createLedger({ now })
  let current = faults
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
  const airtable = options.airtable
    ? createAirtable({
        ...shared,
        timeScale,
        reach,
        ...options.airtable,
        faults: faults.airtable,
        port: ports.airtable,
      })
    : null
  const { ncaOutputs = false, ...buckets } = options.s3 ?? {}
  const publicBucket = buckets.publicBucket ?? (ncaOutputs ? 'nca-toolkit' : undefined)
  const s3 = options.s3 ? createS3({ ...shared, ...buckets, publicBucket, faults: faults.s3, port: ports.s3 }) : null
  const nca = createNca({
    ...shared,
    store: ncaOutputs && s3 !== null ? s3 : undefined,
    faults: faults.render,
    port: ports.nca,
    filesPort: ports.ncaFiles,
    processing: options.rendering,
    ffmpeg: options.ffmpeg,
    inputs: options.ncaInputs,
    reach,
  })

  async function stop(): Promise<void> {
    await Promise.all([llamaparse, openai, storage, nca, airtable, s3].map((standIn) => standIn?.stop()))
  }

  function setFaults(next: FaultsInput): void {
    parseFaults(next)
    current = next
    llamaparse.setFaults(next.parse)
    openai.setFaults(next.embed)
    storage.setFaults(next.store)
    nca.setFaults(next.render)
    airtable?.setFaults(next.airtable)
    s3?.setFaults(next.s3)
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
          // Before the NCA Toolkit, whose outputs may lie there.
          s3: (await s3?.start()) ?? null,
          nca: await nca.start(),
          airtable: (await airtable?.start()) ?? null,
        }
      } catch (fault) {
        await stop()
        throw fault
      }
    },
    setFaults,
    change: (faults) => setFaults(changeFaults(current, faults)),
    rows: () => airtable?.rows() ?? [],
  }
}
