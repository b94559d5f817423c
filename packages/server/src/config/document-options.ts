/** Options of the document pipeline and of the storage that holds its objects. */
import { z } from 'zod'
import { option } from './option.ts'
import { byteSize, choice, duration, flag, key32, list, text, webUrl, wholeNumber } from './scalar.ts'

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
  directUploads: option(flag().prefault(false), {
    description:
      'Whether content is sent straight to the storage, by an address that the storage signs, and not through Becket. Needs `s3` or `supabase`, without encryption.',
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
  embed: option(embed.prefault({}), { description: 'Turning chunks into vectors.', roles: ['worker'] }),
  chunk: option(chunk.prefault({}), { description: 'Dividing the text.', roles: ['worker'] }),
  deliverTo: option(list(text('the id of a sink'), 'a list of ids of sinks').prefault([]), {
    description: 'The sinks that results of documents go to, where a document names none itself.',
  }),
})

const storage = z.strictObject({
  kind: option(choice(['fs', 's3', 'supabase']).prefault('fs'), {
    description:
      '`fs` keeps objects under `dataDir`; `s3` in a bucket of AWS, DigitalOcean Spaces, MinIO or any other that speaks S3; `supabase` in a Supabase bucket.',
  }),
  bucket: option(text('the name of a bucket').optional(), {
    description: 'S3 and Supabase: the bucket.',
    absent: 'documents',
  }),
  url: option(webUrl().optional(), { description: 'Supabase: the address of the project.' }),
  serviceKey: option(text().optional(), { description: 'Supabase: the service role key.', secret: true }),
  endpoint: option(webUrl().optional(), {
    description: 'S3: the address of the storage. It may have the bucket in its host already.',
    absent: 'AWS in `region`',
  }),
  region: option(text('a region such as eu-central-1', (value) => /^[a-z0-9-]+$/.test(value)).optional(), {
    description: 'S3: the region that requests are signed for. MinIO and Spaces take `us-east-1`.',
  }),
  accessKeyId: option(text().optional(), { description: 'S3: the id of the access key.', secret: true }),
  secretAccessKey: option(text().optional(), { description: 'S3: the secret of the access key.', secret: true }),
  pathStyle: option(flag().optional(), {
    description: 'S3: whether the bucket stands in the path of an address (`true`) or in its host (`false`).',
    absent: '`false` for AWS and Spaces, else `true`',
  }),
})

export const documentOptions = {
  documents: option(documents.prefault({}), { description: 'The document pipeline.', roles: ['api', 'worker'] }),
  storage: option(storage.prefault({}), { description: 'Where the bytes of documents lie.', roles: ['api', 'worker'] }),
}
