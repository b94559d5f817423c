/** Documents over HTTP: promise, upload, finalize; `submit` does all three. */
import { BecketError } from './becket-error.ts'
import {
  type CreateDocument,
  type Document,
  type DocumentQuery,
  documentPageSchema,
  documentSchema,
} from './contract/documents.ts'
import type { Page } from './contract/paging.ts'
import type { Transport } from './transport.ts'

export type FileContent = Blob | ArrayBuffer | Uint8Array

export interface FileFacts {
  filename: string
  owner?: string
  mime?: string
  /** Hexadecimal, where it is known already: then a `Blob` that is a file on disk is never in memory as a whole. */
  sha256?: string
}

export interface DocumentsApi {
  create(document: CreateDocument): Promise<Document>
  /** Sends the content to the address that `create` gave. */
  upload(document: Document, content: FileContent): Promise<Document>
  /** Has the content read back; only then is there a job. `waitMs`: how long the server waits for it to show up. */
  finalize(id: string, options?: { waitMs?: number }): Promise<Document>
  get(id: string): Promise<Document>
  list(filter?: Partial<DocumentQuery>): Promise<Page<Document>>
  /** Creates, uploads and finalizes. The answer's state is `finalized`, or `duplicate` of an earlier one. */
  submit(content: FileContent, facts: FileFacts): Promise<Document>
}

// 10 s: what was sent a moment ago is on its way into sight; a storage that takes longer is asked again.
const SHOWN_WITHIN_MS = 10_000

export function createDocumentsApi(transport: Transport): DocumentsApi {
  const pathOf = (id: string) => `/v1/documents/${encodeURIComponent(id)}`

  async function create(document: CreateDocument): Promise<Document> {
    const path = '/v1/documents'
    // Repeatable: a second promise that is never kept costs a row and nothing else.
    const ask = { method: 'POST', path, body: document, answer: documentSchema, repeatable: true } as const
    return (await transport.ask(ask)).value
  }

  async function upload(document: Document, content: FileContent): Promise<Document> {
    const { upload } = document
    if (upload === null) throw noUpload(document)
    const answered = await transport.ask({
      method: upload.method,
      path: upload.url,
      headers: upload.headers,
      bytes: blobOf(content),
      answer: documentSchema,
      repeatable: true,
      // 1 ms a kilobyte on top of the usual limit: a slow line gets 1 MB/s.
      waitMs: Math.round(document.bytes / 1_000),
    })
    return answered.value
  }

  async function finalize(id: string, { waitMs = 0 }: { waitMs?: number } = {}): Promise<Document> {
    const path = `${pathOf(id)}/finalize`
    const query = waitMs > 0 ? { wait: waitMs } : {}
    const ask = { method: 'POST', path, query, body: {}, answer: documentSchema, repeatable: true, waitMs } as const
    return (await transport.ask(ask)).value
  }

  return {
    create,
    upload,
    finalize,
    async get(id) {
      const ask = { method: 'GET', path: pathOf(id), answer: documentSchema, repeatable: true } as const
      return (await transport.ask(ask)).value
    },
    async list(filter = {}) {
      const path = '/v1/documents'
      const ask = { method: 'GET', path, query: filter, answer: documentPageSchema, repeatable: true } as const
      return (await transport.ask(ask)).value
    },
    async submit(content, facts) {
      const bytes = blobOf(content)
      const document = await create({ ...facts, bytes: bytes.size, sha256: facts.sha256 ?? (await sha256Of(bytes)) })
      if (document.upload === null) return document
      await upload(document, bytes)
      return finalize(document.id, { waitMs: SHOWN_WITHIN_MS })
    },
  }
}

/** A copy, unless it is a `Blob` already: nobody changes the bytes while they are hashed and sent. */
function blobOf(content: FileContent): Blob {
  if (content instanceof Blob) return content
  return new Blob([content instanceof ArrayBuffer || isUnshared(content) ? content : new Uint8Array(content)])
}

/** A `Blob` takes no memory that threads share. */
function isUnshared(content: Uint8Array): content is Uint8Array<ArrayBuffer> {
  return content.buffer instanceof ArrayBuffer
}

/** Hexadecimal. Browsers offer this on https and localhost only, and nowhere piece by piece. */
async function sha256Of(bytes: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function noUpload(document: Document): BecketError {
  return new BecketError({
    code: 'USAGE_INVALID',
    detail: `Document ${document.id} takes no content: it is ${document.state}`,
    hint: 'Upload only what `create` gave an upload address for.',
  })
}
