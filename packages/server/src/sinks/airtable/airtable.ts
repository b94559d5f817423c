/** Airtable: one row per job or expectation, found again by a run id, so that what is delivered twice is there once. */
import type { SinkKind } from '../sink.ts'
import { createDelivering } from './delivering.ts'
import { type AirtableOptions, airtableOptions } from './options.ts'

export const airtableSink: SinkKind<AirtableOptions> = {
  name: 'airtable',
  options: airtableOptions,
  destination: ({ base, table }) => `${base}/${table}`,
  // Airtable takes files at a host of its own.
  credentialOrigins: ({ attach, contentUrl }) => (attach === 'upload' ? [new URL(contentUrl).origin] : []),
  baseUrl: () => 'https://api.airtable.com',
  // One holder per base: two upserts of one run id at once could make two rows of it.
  queue: ({ base }) => `base:${base}`,
  // What Airtable takes in one request.
  batchSize: 10,
  retryMs: ({ retry }) => retry,
  create: ({ id, options, tools }) => createDelivering(id, options, tools),
}
