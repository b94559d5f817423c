/** Options of the document pipeline and of the storage that holds its objects. */
import { z } from 'zod'
import { option } from './option.ts'
import { byteSize, choice, duration, key32, text, webUrl, wholeNumber } from './scalar.ts'

const MIB = 1024 * 1024

const embed = z.strictObject({
  source: option(text('the id of a source').optional(), {
    description: 'The source that embeds chunks.',
    absent: 'the first source that can `embed`',
  }),
  model: option(text('the name of a model').prefault('text-embedding-3-small'), {
    description: 'The embedding model.',
  }),
  dimensions: option(wholeNumber(1, 16_384).prefault(1536), {
    description: 'Numbers in one vector; a vector of another length fails the job.',
  }),
  // 2048: what the OpenAI embeddings API takes in one request.
  batchSize: option(wholeNumber(1, 2048).prefault(256), { description: 'Chunks in one request.' }),
})

const chunk = z.strictObject({
  maxTokens: option(wholeNumber(16, 8192).prefault(400), { description: 'The most tokens in one chunk.' }),
  minTokens: option(wholeNumber(0, 8192).prefault(40), {
    description: 'A smaller chunk is joined to its neighbour under the same heading.',
  }),
})

const documents = z.strictObject({
  maxBytes: option(byteSize({ min: 1024, max: 512 * MIB }).prefault('25 MiB'), {
    description: 'The largest document that is taken.',
  }),
  uploadUrlTtl: option(duration({ minMs: 1000, maxMs: 24 * 3_600_000 }).prefault('300s'), {
    description: 'How long a signed upload address is good for.',
  }),
  encryptionKey: option(key32().optional(), {
    description: 'Encrypts stored objects (AES-256-GCM): 32 bytes in base64 or hexadecimal.',
    secret: true,
    env: ['DOCUMENT_ENCRYPTION_KEY'],
    absent: 'objects are stored as they are',
  }),
  parse: option(text('the id of a source').optional(), {
    description: 'The source that parses documents.',
    absent: 'the first source that can `parse`',
  }),
  embed: option(embed.prefault({}), { description: 'Turning chunks into vectors.' }),
  chunk: option(chunk.prefault({}), { description: 'Dividing the text.' }),
})

const storage = z.strictObject({
  kind: option(choice(['fs', 'supabase']).prefault('fs'), {
    description: '`fs` keeps objects under `dataDir`; `supabase` in a Supabase bucket.',
  }),
  url: option(webUrl().optional(), { description: 'Supabase: the address of the project.' }),
  serviceKey: option(text().optional(), { description: 'Supabase: the service role key.', secret: true }),
  bucket: option(text('the name of a bucket').optional(), {
    description: 'Supabase: the bucket.',
    absent: 'documents',
  }),
})

export const documentOptions = {
  documents: option(documents.prefault({}), { description: 'The document pipeline.' }),
  storage: option(storage.prefault({}), { description: 'Where the bytes of documents lie.' }),
}
