/** How a race is set up: the late storage, the providers, and the configuration of ours. Starts nothing. */
import type { FaultsInput, RehearsalAddresses } from '@becket/rehearsal'

/** Above, the stand-ins would forget what they saw first. */
export const MOST_DOCUMENTS = 1_000

/** How often and how late, for every object alike; the content decides by the seed, so both orders meet the same. */
export const lateStorage: NonNullable<FaultsInput['store']> = {
  // Most are seen within a second, some after several, one in five hundred after ten.
  visibleLate: { rate: 0.6, by: { kind: 'lognormal', medianMs: 400, sigma: 1.2, maxMs: 12_000 } },
  // One read in a thousand each, the first or a later one.
  unavailable: { rate: 0.001, attempts: 1_000, status: 503, on: ['get', 'head', 'info'] },
  emptyRead: { rate: 0.001, attempts: 1_000 },
}

/**
 * How long the parser works on a document, beside reading it. Shorter than in life, so that what an order costs weighs
 * more; always the same, so that neither order has the luckier parser.
 */
export const processing = 400

/** As the first users had it. There are enough workers that none of their jobs waits for one. */
export const formerSettings = { pollMs: 5_000, workers: 40 }

/** Of both. Short vectors: what they are made of is not raced. */
export const shared = { model: 'text-embedding-3-small', dimensions: 64, chunk: { maxTokens: 400, minTokens: 40 } }

/** Becket as its user would configure it: nothing is tuned, but that the sources are stand-ins. */
export function raceConfiguration({ storage, llamaparse, openai }: RehearsalAddresses): Record<string, unknown> {
  return {
    environment: 'development',
    port: 0,
    documents: { embed: { model: shared.model, dimensions: shared.dimensions }, chunk: shared.chunk },
    storage: { kind: 'supabase', url: storage.baseUrl, serviceKey: storage.apiKey, bucket: storage.bucket },
    sources: {
      llamaparse: { provider: 'llamaparse', api: 'v1', baseUrl: llamaparse.baseUrl, apiKey: llamaparse.apiKey },
      openai: { provider: 'openai', baseUrl: openai.baseUrl, apiKey: openai.apiKey },
    },
  }
}
