/** How the demo is set up: the faults of the stand-ins, and a configuration whose minutes are seconds. Starts nothing. */
import type { AirtableAddress, Bases, FaultsInput, RehearsalAddresses } from '@becket/rehearsal'
import { stringify } from 'yaml'

/** Minutes of the ladder are seconds. */
export const LADDER_SPEED = 60

const BASE = 'appBecketDemo0001'

/** What befalls the providers, beside the loss of callbacks. Each share is of all documents, by the run's seed. */
export function demoFaults(loss: number): FaultsInput {
  return {
    parse: {
      loss,
      delay: { kind: 'uniform', minMs: 50, maxMs: 900 },
      duplicate: { rate: 0.25, copies: 2, gapMs: 150 },
      reorder: { rate: 0.15, withinMs: 1_500 },
      early: { rate: 0.15 },
      nullId: { rate: 0.15 },
      missingId: { rate: 0.1 },
      listShape: { rate: 0.15 },
      stringified: { rate: 0.15 },
      otherStatusWord: { rate: 0.2 },
      synchronous: { rate: 0.1, attempts: 1 },
      failure: { rate: 0.1, attempts: 1 },
      rateLimited: { rate: 0.15, attempts: 1, retryAfterSec: 1 },
      serverError: { rate: 0.1, attempts: 1, status: 502, when: 'after' },
      // For a while: what nobody ever says, by no way, nobody can know.
      statusDown: { rate: 0.35, forMs: 12_000 },
      lateCallback: { rate: 0.15 },
    },
    embed: {
      delay: { kind: 'uniform', minMs: 20, maxMs: 200 },
      rateLimited: { rate: 0.15, attempts: 1, retryAfterSec: 1 },
      serverError: { rate: 0.1, attempts: 1, status: 503 },
      zeroVector: { rate: 0.1, attempts: 1 },
    },
    render: {
      loss,
      delay: { kind: 'uniform', minMs: 50, maxMs: 900 },
      duplicate: { rate: 0.25, copies: 2, gapMs: 150 },
      early: { rate: 0.15 },
      redirected: 0.1,
      nullId: { rate: 0.25 },
      missingId: { rate: 0.1 },
      otherShape: { rate: 0.5 },
      synchronous: { rate: 0.15, attempts: 1 },
      queueFull: { rate: 0.2, attempts: 1 },
      // The toolkit forgets what it did, or its status API is away: then only the output itself tells.
      statusDown: { rate: 0.35, forMs: 12_000 },
      lateCallback: { rate: 0.15 },
      outputLate: { rate: 0.2, by: { kind: 'uniform', minMs: 200, maxMs: 1_500 } },
    },
    airtable: {
      delay: { kind: 'uniform', minMs: 20, maxMs: 150 },
      // No lockout: 30 s of it would be most of the run.
      error500: { rate: 0.1, attempts: 1 },
      dropAfterWrite: { rate: 0.15, attempts: 1 },
      slowAttachment: { rate: 0.2, by: { kind: 'uniform', minMs: 500, maxMs: 2_000 } },
    },
  }
}

/** The tables that results go to, as their owner would declare them. */
export const demoBases = {
  [BASE]: {
    Documents: {
      Name: 'text',
      'Run ID': 'text',
      Status: { select: ['completed', 'failed'] },
      'Error Details': 'text',
    },
    Videos: {
      Name: 'text',
      'Run ID': 'text',
      Status: { select: ['completed', 'failed'] },
      Video: 'attachments',
      Bytes: 'number',
      'Error Details': 'text',
    },
  },
} satisfies Bases

/** The configuration as its user would write it, kept beside the data so that it can be read. */
export function demoConfiguration(addresses: RehearsalAddresses, port: number): string {
  const { airtable } = addresses
  if (airtable === null) throw new TypeError('the demo needs an Airtable')
  const heading = [
    '# Made by `becket demo`, anew at each start. The sources are stand-ins on this machine.',
    `# The ladder of the first users in seconds instead of minutes: ${LADDER_SPEED} times as fast.`,
  ]
  return `${heading.join('\n')}\n${stringify({
    environment: 'development',
    port,
    worker: { retryBase: '500ms', retryCap: '5s', pollInterval: '1s' },
    sources: {
      llamaparse: {
        provider: 'llamaparse',
        baseUrl: addresses.llamaparse.baseUrl,
        apiKey: addresses.llamaparse.apiKey,
        webhookSecret: addresses.llamaparse.webhookSecret,
        paths: ['/webhook/llamaparse/{job_id}'],
        checks,
        operations: {
          parse: {
            expectWithin: '5s',
            deadline: '24m',
            plan,
            resubmit: 'safe',
          },
        },
      },
      openai: {
        provider: 'openai',
        baseUrl: addresses.openai.baseUrl,
        apiKey: addresses.openai.apiKey,
        operations: { embed: { expectWithin: '2s', deadline: '1m', resubmit: 'safe' } },
      },
      'nca-toolkit': {
        provider: 'nca-toolkit',
        baseUrl: addresses.nca.baseUrl,
        apiKey: addresses.nca.apiKey,
        artifactBase: addresses.nca.artifactBase,
        allowPrivate: true,
        paths: ['/webhooks/nca-toolkit'],
        checks,
        operations: { combine: rendering, concatenate: rendering, add_music: rendering },
      },
    },
    sinks: {
      documents: { ...tableOf(airtable, 'Documents'), fields: { Name: '/key', ...common } },
      videos: {
        ...tableOf(airtable, 'Videos'),
        fields: { Name: '/key', Bytes: '/output/files/0/bytes', ...common },
        attachments: { Video: '/output/files' },
      },
    },
    documents: { deliverTo: ['documents'] },
    videos: { deliverTo: ['videos'] },
  })}`
}

const plan = { ladder: [{ every: '2s', until: '15s' }, { every: '5s', until: '60s' }, { every: '15s' }] }

// As much faster as the ladder is: minutes of checks fall into seconds.
const checks = { perMinute: 600 * LADDER_SPEED }

const rendering = { expectWithin: '5s', deadline: '24m', plan }

const common = { Status: '/status', 'Error Details': '/error/message' }

// Seconds instead of days, as with the ladder: a row that met three faults would otherwise outlast the run.
const retry = ['500ms', '1s', '2s', '5s', '5s', '5s', '10s', '10s']

function tableOf({ baseUrl, apiKey }: AirtableAddress, table: string) {
  return { kind: 'airtable', baseUrl, apiKey, base: BASE, table, retry }
}

/** Of the environment, only what says where the data lies: a real key must never reach a stand-in. */
export function demoEnvironment(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const { DATABASE_URL, DATABASE_SCHEMA, BECKET_API_KEY, LOG_LEVEL } = env
  return { DATABASE_URL, DATABASE_SCHEMA, BECKET_API_KEY, LOG_LEVEL }
}
