/** How the server and the stand-ins of a crash test are set up: minutes are seconds, and everything goes wrong now and then. */
import type { FaultsInput, RehearsalAddresses } from '@becket/rehearsal'
import { stringify } from 'yaml'

export const faults: FaultsInput = {
  parse: {
    loss: 0.3,
    delay: { kind: 'uniform', minMs: 20, maxMs: 900 },
    duplicate: { rate: 0.3, copies: 2, gapMs: 120 },
    reorder: { rate: 0.15, withinMs: 1_000 },
    early: { rate: 0.2 },
    nullId: { rate: 0.15 },
    missingId: { rate: 0.1 },
    listShape: { rate: 0.1 },
    stringified: { rate: 0.1 },
    otherStatusWord: { rate: 0.2 },
    synchronous: { rate: 0.12, attempts: 1 },
    failure: { rate: 0.08, attempts: 1 },
    rateLimited: { rate: 0.12, attempts: 1, retryAfterSec: 1 },
    serverError: { rate: 0.12, attempts: 1, status: 502, when: 'after' },
    statusDown: { rate: 0.2, forMs: 8_000 },
    lateCallback: { rate: 0.15 },
  },
  embed: {
    delay: { kind: 'uniform', minMs: 20, maxMs: 300 },
    rateLimited: { rate: 0.08, attempts: 1, retryAfterSec: 1 },
    serverError: { rate: 0.05, attempts: 1, status: 503 },
    zeroVector: { rate: 0.05, attempts: 1 },
    reorder: { rate: 0.2 },
  },
}

/** Between 0.2 and 3 s: long enough to be killed in. */
export const processing = { kind: 'lognormal', medianMs: 700, sigma: 0.6, maxMs: 3_000 } as const

export interface Setup {
  port: number
  /** Where the providers and the uploader reach the server. */
  publicUrl: string
  dataDir: string
  llamaparse: RehearsalAddresses['llamaparse']
  openai: RehearsalAddresses['openai']
  /** Where results go. */
  endpoint: { url: string; secret: string }
}

export function configuration({ port, publicUrl, dataDir, llamaparse, openai, endpoint }: Setup): string {
  return stringify({
    environment: 'development',
    port,
    publicUrl,
    dataDir,
    worker: { retryBase: '300ms', retryCap: '3s', pollInterval: '1s' },
    // Small pieces and small batches: a document has several submits of `embed` to be killed in.
    documents: { chunk: { maxTokens: 120 }, embed: { batchSize: 3 }, deliverTo: ['results'] },
    sinks: {
      results: {
        kind: 'webhook',
        ...endpoint,
        allowPrivate: true,
        timeout: '3s',
        retry: ['300ms', '500ms', '1s', '1s', '2s', '2s', '3s', '3s', '5s', '5s', '5s', '5s'],
      },
    },
    sources: {
      llamaparse: {
        provider: 'llamaparse',
        ...llamaparse,
        paths: ['/webhook/llamaparse/{job_id}'],
        // Minutes of checks fall into seconds.
        checks: { perMinute: 36_000 },
        operations: {
          parse: {
            expectWithin: '3s',
            deadline: '10m',
            plan: { ladder: [{ every: '1s', until: '15s' }, { every: '3s', until: '60s' }, { every: '10s' }] },
            resubmit: 'safe',
          },
        },
      },
      openai: {
        provider: 'openai',
        ...openai,
        operations: { embed: { expectWithin: '2s', deadline: '5m', resubmit: 'safe' } },
      },
    },
  })
}
