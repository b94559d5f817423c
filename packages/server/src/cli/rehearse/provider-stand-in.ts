/** Starts one stand-in by its provider's name, and says how Becket is pointed at it. Prints nothing. */
import {
  type Bases,
  createAirtable,
  createLlamaParse,
  createNca,
  createOpenAi,
  createS3,
  createStorage,
  type FaultsInput,
  type Ledger,
  type RehearsalLog,
} from '@becket/rehearsal'
import type { ProviderSettings, StandInName } from './provider-flags.ts'

export interface RunningStandIn {
  ledger: Ledger
  /** Where it listens. */
  address: string
  /** The part of `becket.yaml` that points at it. */
  configuration: Record<string, unknown>
  /** The same for software that reads its environment. */
  environment: Record<string, string>
  stop(): Promise<void>
}

/** What each provider's faults are kept under; see `FaultsInput`. */
export const operationOf: Readonly<Record<StandInName, keyof FaultsInput>> = {
  llamaparse: 'parse',
  openai: 'embed',
  'nca-toolkit': 'render',
  storage: 'store',
  airtable: 'airtable',
  s3: 's3',
}

export interface StandInSurroundings {
  environment: string
  log: RehearsalLog
  /** Of an Airtable; its own where there are none. */
  bases: Bases | undefined
}

export async function startStandIn(
  settings: ProviderSettings,
  { environment, log, bases }: StandInSurroundings,
): Promise<RunningStandIn> {
  const { name, port, host, seed, key, faults, timeScale, processing, reach } = settings
  const shared = { environment, seed, host, port, log }
  switch (name) {
    case 'llamaparse': {
      const options = { ...shared, apiKey: key, webhookSecret: key, timeScale, processing, reach, faults: faults.parse }
      const standIn = createLlamaParse(options)
      const { baseUrl, apiKey, webhookSecret } = await standIn.start()
      const source = { provider: 'llamaparse', baseUrl, apiKey, webhookSecret }
      const variables = { LLAMA_CLOUD_BASE_URL: baseUrl, LLAMA_CLOUD_API_KEY: apiKey }
      return running(standIn, baseUrl, { sources: { llamaparse: source } }, variables)
    }
    case 'openai': {
      const standIn = createOpenAi({ ...shared, apiKey: key, faults: faults.embed })
      const { baseUrl, apiKey } = await standIn.start()
      const variables = { OPENAI_BASE_URL: `${baseUrl}/v1`, OPENAI_API_KEY: apiKey }
      return running(standIn, baseUrl, { sources: { openai: { provider: 'openai', baseUrl, apiKey } } }, variables)
    }
    case 'nca-toolkit': {
      // Beside it, so that a configuration that names both stays right.
      const filesPort = port === 0 ? 0 : port + 1
      const standIn = createNca({ ...shared, filesPort, apiKey: key, processing, reach, faults: faults.render })
      const { baseUrl, apiKey, artifactBase, sampleBase } = await standIn.start()
      // Its outputs lie at another port than it listens on: another address of this machine.
      const source = { provider: 'nca-toolkit', baseUrl, apiKey, artifactBase, allowPrivate: true }
      const variables = { NCA_BASE_URL: baseUrl, NCA_API_KEY: apiKey, NCA_SAMPLE_VIDEO: `${sampleBase}/sample.mp4` }
      return running(standIn, baseUrl, { sources: { nca: source } }, variables)
    }
    case 'storage': {
      const standIn = createStorage({ ...shared, apiKey: key, faults: faults.store })
      const { baseUrl, apiKey, bucket } = await standIn.start()
      const storage = { kind: 'supabase', url: baseUrl, serviceKey: apiKey, bucket }
      return running(standIn, baseUrl, { storage }, { SUPABASE_URL: baseUrl, SUPABASE_SERVICE_ROLE_KEY: apiKey })
    }
    case 's3': {
      const keys = { accessKeyId: key, secretAccessKey: key }
      const standIn = createS3({ ...shared, ...keys, publicBucket: 'public', faults: faults.s3 })
      const { endpoint, region, bucket, accessKeyId, secretAccessKey } = await standIn.start()
      const storage = { kind: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: true }
      const variables = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      }
      return running(standIn, endpoint, { storage }, variables)
    }
    case 'airtable': {
      const standIn = createAirtable({ ...shared, apiKey: key, timeScale, reach, bases, faults: faults.airtable })
      const { baseUrl, apiKey, base } = await standIn.start()
      const sink = { kind: 'airtable', baseUrl, apiKey, base, table: 'Jobs' }
      const variables = { AIRTABLE_ENDPOINT_URL: baseUrl, AIRTABLE_API_KEY: apiKey, AIRTABLE_BASE_ID: base }
      return running(standIn, baseUrl, { sinks: { airtable: sink } }, variables)
    }
    default:
      throw name satisfies never
  }
}

function running(
  { ledger, stop }: Pick<RunningStandIn, 'ledger' | 'stop'>,
  address: string,
  configuration: Record<string, unknown>,
  environment: Record<string, string>,
): RunningStandIn {
  return { ledger, stop, address, configuration, environment }
}
