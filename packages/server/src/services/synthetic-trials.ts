/**
 * Work that Becket makes for itself, to see that work gets through: a callback by the public address to a worker and back,
 * and a document through its pipeline. Each is marked by its key or its owner, and goes to no sink.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Expectation } from '@becket/client/contract'
import type { Log } from '../observe/log.ts'
import { createOutbound } from '../outbound/http.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import { SELF_TEST_OPERATION, SELF_TEST_SOURCE } from '../providers/self-test.ts'
import { CANARY_OWNER, type CanaryDocuments, canary } from './canary-documents.ts'
import { type Found, foundAt, type Trial } from './examination.ts'
import type { DocumentServices, ExpectationServices, JobServices } from './services.ts'
import { tinyPdf } from './tiny-pdf.ts'

export interface CallTrialOptions {
  /** These know the source of the self-test; those of the API do not. */
  expectations: Pick<ExpectationServices, 'register' | 'get' | 'cancel'>
  publicUrl: () => string
  record?(request: RequestRecord): void
  log: Log
  /** Whether anybody is there to settle it. */
  hasWorker(): Promise<boolean>
}

// 10 s: what a provider waits for an answer.
const ANSWER_WITHIN_MS = 10_000
// 20 s: four rounds of a worker that hears no signal.
const SETTLE_WITHIN_MS = 20_000
// 2 s: nobody is known to be there, but perhaps somebody has just come.
const SETTLE_ALONE_MS = 2_000
const DOCUMENT_WITHIN_MS = 60_000

export function callTrial(options: CallTrialOptions): Trial {
  const { expectations, log } = options

  async function attempt(_request: unknown, signal: AbortSignal): Promise<Found[]> {
    const nonce = randomBytes(16).toString('base64url')
    const request = { source: SELF_TEST_SOURCE, operation: SELF_TEST_OPERATION, key: `canary/${nonce}` }
    const { expectation } = await expectations.register(request, canary)
    const found = await follow(expectation, nonce, signal)
    if (found.some(({ status }) => status !== 'pass')) {
      await expectations
        .cancel(expectation.id, { reason: 'the examination is over' }, canary)
        .catch((error: unknown) => {
          // Settled this moment: then there is nothing left to cancel.
          log.info({ expectationId: expectation.id, err: error }, 'the self-test was not cancelled')
        })
    }
    return found
  }

  async function follow({ id, callbackUrl }: Expectation, nonce: string, signal: AbortSignal): Promise<Found[]> {
    const where = new URL(options.publicUrl()).host
    const startedMs = performance.now()
    const refusal = await callBack(callbackUrl ?? '', nonce, signal)
    const answeredMs = performance.now() - startedMs
    if (refusal !== null) {
      const unasked = foundAt('RUN05', 'worker', 'unknown', 'No callback was taken in that it could settle.', {
        isUnasked: true,
      })
      return [foundAt('RUN04', where, 'fail', refusal), unasked]
    }
    const taken = foundAt(
      'RUN04',
      where,
      'pass',
      `A callback to ${where} was taken in after ${Math.round(answeredMs)} ms.`,
    )
    const waitMs = (await options.hasWorker()) ? SETTLE_WITHIN_MS : SETTLE_ALONE_MS
    const ended = await expectations.get(id, { waitMs, signal })
    signal.throwIfAborted()
    const settledMs = Math.round(performance.now() - startedMs)
    if (ended?.state === 'succeeded' && ended.settledBy === 'callback' && isEcho(ended.outcome, nonce)) {
      return [taken, foundAt('RUN05', 'worker', 'pass', `It was settled after ${settledMs} ms.`)]
    }
    const state = ended?.state ?? 'gone'
    return [taken, foundAt('RUN05', 'worker', 'fail', `After ${settledMs} ms it is ${state}.`)]
  }

  /** Null: it was taken. */
  async function callBack(callbackUrl: string, nonce: string, signal: AbortSignal): Promise<string | null> {
    const { publicUrl, record } = options
    // Where we are called may be private: in development it is.
    const outbound = createOutbound({ source: SELF_TEST_SOURCE, baseUrl: publicUrl(), allowPrivate: true, record, log })
    try {
      const answer = await outbound.request({
        operation: SELF_TEST_OPERATION,
        method: 'POST',
        url: callbackUrl,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ nonce }),
        deadlineMs: ANSWER_WITHIN_MS,
        maxBytes: 64 * 1024,
        authenticated: false,
        signal,
      })
      if (answer.kind === 'fault') return `The address cannot be reached: ${answer.message}.`
      return answer.status === 200 ? null : `A callback was answered with ${answer.status}.`
    } finally {
      await outbound.close()
    }
  }

  return { name: 'callback', checks: ['RUN04', 'RUN05'], attempt }
}

export interface DocumentTrialOptions {
  documents: Pick<DocumentServices, 'create' | 'putContent' | 'finalize'>
  jobs: Pick<JobServices, 'get'>
  canaries: CanaryDocuments
  /** False: nothing is configured that parses or embeds. */
  isConfigured: boolean
  log: Log
}

export function documentTrial({ documents, jobs, canaries, isConfigured, log }: DocumentTrialOptions): Trial {
  async function attempt({ document }: { document: boolean }, signal: AbortSignal): Promise<Found[]> {
    // What an earlier one left goes, also where none is made any more.
    const inHand = await canaries.clear()
    if (!isConfigured) return unasked('No source is configured that parses, or none that embeds.')
    if (!document) return unasked('It was not asked for.')
    if (inHand !== null) return unasked(`Another examination is at it: document ${inHand}.`)
    const content = tinyPdf(`Becket examines itself ${randomBytes(8).toString('hex')}`)
    const { id } = await documents.create(
      {
        owner: CANARY_OWNER,
        filename: 'canary.pdf',
        mime: 'application/pdf',
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        deliverTo: [],
      },
      canary,
    )
    try {
      return await follow(id, content, signal)
    } finally {
      await canaries.remove(id).catch((error: unknown) => {
        log.warn({ documentId: id, err: error }, 'a document of the canary is left for the next examination')
      })
    }
  }

  async function follow(id: string, content: Buffer, signal: AbortSignal): Promise<Found[]> {
    await documents.putContent(id, piecesOf(content))
    const finalized = await documents.finalize(id, canary, { waitMs: 10_000, signal })
    const jobId = finalized?.jobId ?? null
    if (jobId === null) return [foundAt('RUN06', 'document', 'fail', `Document ${id} has no job.`)]
    const job = await jobs.get(jobId, { waitMs: DOCUMENT_WITHIN_MS, signal })
    signal.throwIfAborted()
    if (job?.state === 'done') return [foundAt('RUN06', 'document', 'pass', `Job ${jobId} is done.`)]
    const reason = job?.error === null || job?.error === undefined ? '' : `: ${job.error.code}`
    const said = `Job ${jobId} is ${job?.state ?? 'gone'} at ${job?.stage ?? 'no stage'}${reason}.`
    return [foundAt('RUN06', 'document', 'fail', said, { remedy: `becket jobs show ${jobId}` })]
  }

  return { name: 'document', checks: ['RUN06'], attempt }
}

function unasked(why: string): Found[] {
  return [foundAt('RUN06', 'document', 'unknown', why, { isUnasked: true })]
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

function isEcho(outcome: unknown, nonce: string): boolean {
  return typeof outcome === 'object' && outcome !== null && 'nonce' in outcome && outcome.nonce === nonce
}
