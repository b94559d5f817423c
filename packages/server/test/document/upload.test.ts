/** From the promise to the proof: what is not seen again, whole, is not claimed. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document, Problem } from '@becket/client/contract'
import { problemSchema } from '@becket/client/contract'
import { describe, expect, test } from 'vitest'
import { signUpload } from '../../src/core/upload-signature.ts'
import { page, pdf, pdfWith, sha256Of } from './pdf.ts'
import { ADMIN_KEY, type Bundle, SERVER_KEY, setup } from './setup.ts'
import { row } from './waits.ts'

const content = pdf(page('Ropes'))
const withKey = { authorization: `Bearer ${ADMIN_KEY}` }

function promise({ becket }: Bundle, bytes: Buffer, change: { sha256?: string; bytes?: number; owner?: string } = {}) {
  return becket.documents.create({ filename: 'report.pdf', bytes: bytes.length, sha256: sha256Of(bytes), ...change })
}

async function send(address: string, bytes: Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(address, { method: 'PUT', body: new Uint8Array(bytes), headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

function problemOf({ body }: { body: unknown }): Problem {
  return problemSchema.parse(body)
}

/** As the API answers it: the client would try again by itself. */
async function finalize({ url }: Bundle, { id }: Document, query = ''): Promise<{ status: number; body: unknown }> {
  const headers = { ...withKey, 'content-type': 'application/json' }
  const response = await fetch(`${url}/v1/documents/${id}/finalize${query}`, { method: 'POST', headers, body: '{}' })
  return { status: response.status, body: (await response.json()) as unknown }
}

function contentUrl({ url }: Bundle, { id }: Document): string {
  return `${url}/v1/documents/${id}/content`
}

describe('the content of a document', () => {
  test('is taken by its signed address without a key', async () => {
    await using bundle = await setup()
    const document = await promise(bundle, content)
    expect(document).toMatchObject({ state: 'registered', status: null, jobId: null })
    expect(await send(document.upload?.url ?? '', content)).toMatchObject({ status: 200 })
    expect(await finalize(bundle, document)).toMatchObject({ status: 200, body: { state: 'finalized' } })
  })

  test('is taken through us with a key, and not without', async () => {
    await using bundle = await setup()
    const document = await promise(bundle, content)
    const address = contentUrl(bundle, document)
    expect(problemOf(await send(address, content))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    expect(await send(address, content, withKey)).toMatchObject({ status: 200 })
    expect(await finalize(bundle, document)).toMatchObject({ status: 200 })
  })

  test('is not taken by an address that is expired, forged, or another document’s', async () => {
    await using bundle = await setup()
    const document = await promise(bundle, content)
    const other = await promise(bundle, pdf(page('Knots')))
    const address = (expiresMs: number, signature: string) =>
      `${contentUrl(bundle, document)}?expires=${expiresMs}&signature=${signature}`
    const key = Buffer.from(SERVER_KEY)
    const soon = Date.now() + 60_000
    const past = Date.now() - 1
    const wrong = [
      address(past, signUpload(key, document.id, past)),
      address(soon, signUpload(Buffer.from('another-key-of-a-server'), document.id, soon)),
      address(soon, signUpload(key, other.id, soon)),
      address(soon + 1, signUpload(key, document.id, soon)),
      `${contentUrl(bundle, document)}?signature=${signUpload(key, document.id, soon)}`,
    ]
    for (const url of wrong) {
      expect(problemOf(await send(url, content)), url).toMatchObject({ code: 'UPLOAD_URL_INVALID' })
    }
    expect(problemOf(await send(address(soon, ''), content))).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(problemOf(await finalize(bundle, document))).toMatchObject({ code: 'DOCUMENT_NOT_UPLOADED' })
    expect(await send(address(soon, signUpload(key, document.id, soon)), content)).toMatchObject({ status: 200 })
  })

  test('is the same, byte for byte, in the storage and at the parser', async () => {
    await using bundle = await setup()
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const bytes = pdfWith(Buffer.concat([everyByte, Buffer.from('\r\n\0\n\r'), randomBytes(70_000)]), page('Ropes'))
    const document = await bundle.submit(bytes)
    const submitted = await bundle.rehearsal.ledger.waitFor('submit')
    expect(submitted).toMatchObject({ work: sha256Of(bytes), bytes: bytes.length })
    const { raw_path: path } = await row<{ raw_path: string }>(
      bundle.db,
      'select raw_path from becket.document where id = $1',
      [document.id],
    )
    expect(await readFile(join(bundle.dataDir, 'objects', path))).toEqual(bytes)
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  })

  test('does not change any more once it was proven', async () => {
    await using bundle = await setup()
    const document = await bundle.submit(content)
    const later = await send(contentUrl(bundle, document), pdf(page('Something else')), withKey)
    expect(problemOf(later)).toMatchObject({ status: 409, code: 'STATE_CONFLICT' })
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  })
})

describe('finalizing', () => {
  test('makes no job where what is read back is not what was promised', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const sheet = Buffer.from('PK\u0003\u0004 a spreadsheet')
    const cases: { sent: Buffer | null; code: string; retryable: boolean; promised?: Buffer }[] = [
      { sent: null, code: 'DOCUMENT_NOT_UPLOADED', retryable: true },
      // Less than promised may be an object that is not whole yet.
      { sent: content.subarray(0, -1), code: 'DOCUMENT_SIZE_MISMATCH', retryable: true },
      { sent: Buffer.alloc(0), code: 'DOCUMENT_SIZE_MISMATCH', retryable: true },
      { sent: Buffer.concat([content, sheet]), code: 'DOCUMENT_SIZE_MISMATCH', retryable: false },
      { sent: changed(content), code: 'DOCUMENT_HASH_MISMATCH', retryable: false },
      { sent: sheet, promised: sheet, code: 'DOCUMENT_NOT_PDF', retryable: false },
    ]
    for (const { sent, promised = content, code, retryable } of cases) {
      const document = await promise(bundle, promised)
      if (sent !== null) await send(contentUrl(bundle, document), sent, withKey)
      expect(problemOf(await finalize(bundle, document)), code).toMatchObject({ code, retryable })
      expect(await bundle.becket.documents.get(document.id)).toMatchObject({ state: 'registered', jobId: null })
    }
    expect((await bundle.db.query('select 1 from becket.job')).rows).toEqual([])
  })

  test('succeeds once the right content has taken the place of the wrong', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const document = await promise(bundle, content)
    await send(contentUrl(bundle, document), changed(content), withKey)
    expect(problemOf(await finalize(bundle, document))).toMatchObject({ code: 'DOCUMENT_HASH_MISMATCH' })
    await send(contentUrl(bundle, document), content, withKey)
    expect(await finalize(bundle, document)).toMatchObject({ status: 200, body: { status: 'uploaded' } })
  })

  test('asked again, also at the same time, gives the same answer and one job', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const document = await promise(bundle, content)
    await send(contentUrl(bundle, document), content, withKey)
    const answers = await Promise.all(Array.from({ length: 6 }, () => finalize(bundle, document)))
    answers.push(await finalize(bundle, document))
    const { rows } = await bundle.db.query<{ id: string }>('select id from becket.job')
    expect(rows).toHaveLength(1)
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body).toMatchObject({ state: 'finalized', jobId: rows[0]?.id })
    }
  })

  test('waits for an object that is not visible yet, and claims nothing before it is', async () => {
    await using bundle = await setup({ storage: 'supabase', faults: { store: { visibleLate: { by: 400 } } } })
    const document = await promise(bundle, content)
    await send(contentUrl(bundle, document), content, withKey)
    expect(problemOf(await finalize(bundle, document))).toMatchObject({
      code: 'DOCUMENT_NOT_UPLOADED',
      retryable: true,
    })
    // The client comes back as `Retry-After` says.
    const finalized = await bundle.becket.documents.finalize(document.id)
    expect(finalized.state).toBe('finalized')
    expect(await bundle.becket.jobs.wait(finalized.jobId ?? '', { timeout: '20s' })).toMatchObject({ state: 'done' })
  })

  test('that is visible late is waited for by a finalize that was asked to wait', async () => {
    await using bundle = await setup({ storage: 'supabase', faults: { store: { visibleLate: { by: 400 } } } })
    const document = await promise(bundle, content)
    await send(contentUrl(bundle, document), content, withKey)
    expect(await finalize(bundle, document, '?wait=10s')).toMatchObject({ status: 200, body: { state: 'finalized' } })
  })

  test('that never comes is not there, once the wait is over', async () => {
    await using bundle = await setup()
    const document = await promise(bundle, content)
    const answer = await finalize(bundle, document, '?wait=120ms')
    expect(problemOf(answer)).toMatchObject({ code: 'DOCUMENT_NOT_UPLOADED', retryable: true })
  })
})

test('a promise of an empty, a too large, or another kind of file is refused before anything is sent', async () => {
  await using bundle = await setup({ roles: ['api'] })
  const cases = [
    [{ bytes: 0 }, 'DOCUMENT_EMPTY'],
    [{ bytes: 1024 * 1024 + 1 }, 'DOCUMENT_TOO_LARGE'],
    [{ mime: 'text/plain' }, 'DOCUMENT_NOT_PDF'],
  ] as const
  for (const [change, code] of cases) {
    const facts = { filename: 'report.pdf', bytes: content.length, sha256: sha256Of(content), ...change }
    await expect(bundle.becket.documents.create(facts)).rejects.toMatchObject({ code })
  }
})

describe('the same content', () => {
  test('of the same owner is a duplicate: no second upload, no second job, no second charge', async () => {
    await using bundle = await setup()
    const first = await bundle.submit(content, { owner: 'ada' })
    await bundle.ended(first)
    const again = await bundle.becket.documents.submit(content, { filename: 'same.pdf', owner: 'ada' })
    expect(again).toMatchObject({ state: 'duplicate', status: 'duplicate', duplicateOf: first.id, upload: null })
    expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(1)
  })

  test('of another owner is a document of its own', async () => {
    await using bundle = await setup()
    const documents = [await bundle.submit(content, { owner: 'ada' }), await bundle.submit(content, { owner: 'grace' })]
    for (const document of documents) expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(2)
  })

  test('promised twice at the same time is finalized once: the other is the duplicate', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const documents = await Promise.all([promise(bundle, content), promise(bundle, content), promise(bundle, content)])
    await Promise.all(documents.map((document) => send(contentUrl(bundle, document), content, withKey)))
    const answers = await Promise.all(documents.map((document) => finalize(bundle, document)))
    const states = answers.map(({ body }) => (body as Document).state).sort()
    expect(states).toEqual(['duplicate', 'duplicate', 'finalized'])
    expect((await bundle.db.query('select 1 from becket.job')).rows).toHaveLength(1)
  })

  test('may be sent again after its job failed for a reason that may pass', async () => {
    await using bundle = await setup({ faults: { embed: { failure: 1 } } })
    const first = await bundle.submit(content)
    expect(await bundle.ended(first)).toMatchObject({ state: 'deadletter', status: 'failed_embedding' })
    bundle.rehearsal.setFaults({})
    const again = await bundle.submit(content)
    expect(again.id).not.toBe(first.id)
    expect(await bundle.ended(again)).toMatchObject({ state: 'done' })
    expect(await bundle.becket.documents.get(first.id)).toMatchObject({ state: 'duplicate', duplicateOf: again.id })
  })

  test('stays a duplicate where the document itself was at fault', async () => {
    await using bundle = await setup()
    const blank = pdf([])
    const first = await bundle.submit(blank)
    expect(await bundle.ended(first)).toMatchObject({ error: { code: 'PARSE_EMPTY' } })
    const again = await bundle.becket.documents.submit(blank, { filename: 'blank.pdf' })
    expect(again).toMatchObject({ state: 'duplicate', duplicateOf: first.id })
  })
})

/** The same length, another last byte but one. */
function changed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2)
  return copy
}
