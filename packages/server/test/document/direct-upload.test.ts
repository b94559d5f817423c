/** Content that goes past us, straight into a bucket by an address that it signed: proven all the same. */
import type { Document } from '@becket/client/contract'
import { expect, test } from 'vitest'
import { silentLog } from '../../src/observe/log.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { createDocumentContent } from '../../src/services/document-content.ts'
import { createDocumentService } from '../../src/services/documents.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { noRoom } from '../../src/store/handover.ts'
import { testDatabase } from '../database.ts'
import { startS3Server } from '../storage/s3-server.ts'
import { page, pdf, sha256Of } from './pdf.ts'

const bytes = pdf(page('Ropes'))
const by = { keyId: 'key_test', name: 'somebody', role: 'app' } as const
const noWait = { waitMs: 0, signal: new AbortController().signal }

async function setup(change: (storage: Storage) => Storage = (storage) => storage) {
  const database = await testDatabase()
  const server = await startS3Server()
  const outbound = createOutbound({ source: 'storage', baseUrl: server.endpoint })
  const bucket = createS3Storage({ ...server, bucketUrl: `${server.endpoint}/${server.bucket}`, outbound })
  const documents = createDocumentService({
    db: database.db,
    room: noRoom(() => {}),
    sinks: new Map(),
    deliverTo: [],
    content: createDocumentContent({
      storage: change(bucket),
      breakers: createBreakers({ db: database.db, log: silentLog }),
    }),
    maxBytes: 1_000_000,
    uploadUrlTtlMs: 60_000,
    directUploads: true,
    uploadKeys: [Buffer.alloc(32, 1)],
    publicUrl: () => 'https://becket.test',
  })
  const request = {
    owner: 'o',
    filename: 'a.pdf',
    mime: 'application/pdf',
    bytes: bytes.length,
    sha256: sha256Of(bytes),
  }
  return {
    server,
    documents,
    create: () => documents.create(request, by),
    async send({ upload }: Document, content: Buffer) {
      if (upload === null) throw new Error('there is no address')
      const { url, method, headers } = upload
      return (await fetch(url, { method, headers, body: new Uint8Array(content) })).status
    },
    async [Symbol.asyncDispose]() {
      await outbound.close()
      await server.stop()
      await database.drop()
    },
  }
}

test('content that was sent to the storage is read back before its job begins', async () => {
  await using bundle = await setup()
  const document = await bundle.create()
  expect(document.upload?.url).toContain(bundle.server.endpoint)
  await expect(bundle.documents.finalize(document.id, by, noWait)).rejects.toMatchObject({
    code: 'DOCUMENT_NOT_UPLOADED',
  })
  expect(await bundle.send(document, bytes)).toBe(200)
  expect(await bundle.documents.finalize(document.id, by, noWait)).toMatchObject({ state: 'finalized' })
})

test('content that is not the promised one is refused, whoever took it', async () => {
  await using bundle = await setup()
  const document = await bundle.create()
  const other = Buffer.from(bytes)
  other[other.length - 10] = 0x21
  expect(await bundle.send(document, other)).toBe(200)
  await expect(bundle.documents.finalize(document.id, by, noWait)).rejects.toMatchObject({
    code: 'DOCUMENT_HASH_MISMATCH',
  })
})

test('where the storage does not sign, content comes through us', async () => {
  await using bundle = await setup((storage) => ({
    ...storage,
    signedUrl: async () => ({ kind: 'unavailable', reason: 'it is down' }),
  }))
  expect((await bundle.create()).upload?.url).toMatch(/^https:\/\/becket\.test\/v1\/documents\//)
})
