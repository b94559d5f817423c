/**
 * Puts content into a bucket that speaks S3 without holding more of it than one part: in one request where its length is
 * known or it is small, else in parts, which become an object only all together. What was begun and failed is aborted,
 * since its parts would be kept, and paid for, for ever.
 */
import type { OutboundAnswer } from '../outbound/outbound.ts'
import { type Content, isSized, piecesOf, type SizedContent, watched } from './content.ts'
import { s3Fault } from './s3-fault.ts'
import type { S3Door } from './s3-request.ts'
import { readAnswerText } from './s3-xml.ts'
import type { PutAnswer, StorageFault } from './storage.ts'

// 8 MiB: above the 5 that a part must have, and 10,000 of them are 80 GB.
const PART_BYTES = 8 * 1024 * 1024
// 60 s for 25 MiB at half a megabyte per second, and as much more as there is more.
const TRANSFER_MS = 60_000
const BYTES_PER_MS = 500
// Some storages put the object together while one waits.
const COMPLETE_MS = 120_000

export async function putS3Object(door: S3Door, key: string, given: Content, contentType: string): Promise<PutAnswer> {
  const headers = { 'content-type': contentType, 'cache-control': 'no-cache' }
  if (Buffer.isBuffer(given)) return putWhole(given)
  const { content, failure } = watched(given)
  const answer = isSized(content) ? await putWhole(content) : await putInParts(content)
  const failed = failure()
  if (failed !== null) throw failed.error
  return answer

  async function putWhole(body: Buffer | SizedContent): Promise<PutAnswer> {
    const length = Buffer.isBuffer(body) ? body.length : body.bytes
    const deadlineMs = TRANSFER_MS + length / BYTES_PER_MS
    return s3Fault(await door.ask({ operation: 'put', method: 'PUT', key, headers, body, deadlineMs })) ?? stored
  }

  async function putInParts(pieces: Content): Promise<PutAnswer> {
    let uploadId: string | null = null
    try {
      const tags: string[] = []
      for await (const { bytes, isLast } of partsOf(pieces)) {
        if (isLast && uploadId === null) return await putWhole(bytes)
        if (uploadId === null) {
          const begun = await begin()
          if (typeof begun !== 'string') return begun
          uploadId = begun
        }
        const tag = await putPart(uploadId, tags.length + 1, bytes)
        if (typeof tag !== 'string') return await abort(uploadId, tag)
        tags.push(tag)
      }
      if (uploadId === null) return await putWhole(Buffer.alloc(0))
      const fault = await complete(uploadId, tags)
      return fault === null ? stored : await abort(uploadId, fault)
    } catch (error) {
      if (uploadId !== null) await abort(uploadId, null)
      throw error
    }
  }

  async function begin(): Promise<string | StorageFault> {
    const answer = await door.ask({ operation: 'put', method: 'POST', key, query: { uploads: '' }, headers })
    const fault = s3Fault(answer)
    if (fault !== null) return fault
    return readAnswerText(bodyOf(answer), 'InitiateMultipartUploadResult', 'UploadId') ?? unreadable('an upload id')
  }

  async function putPart(uploadId: string, number: number, body: Buffer): Promise<string | StorageFault> {
    const query = { partNumber: String(number), uploadId }
    const answer = await door.ask({ operation: 'put', method: 'PUT', key, query, body, deadlineMs: TRANSFER_MS })
    const fault = s3Fault(answer)
    if (fault !== null) return fault
    return (answer.kind === 'answer' && answer.headers.etag) || unreadable('the ETag of a part')
  }

  /** Its status comes before the work is done, so that a success may have a fault in its body. */
  async function complete(uploadId: string, tags: readonly string[]): Promise<StorageFault | null> {
    const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
    const query = { uploadId }
    const answer = await door.ask({ operation: 'put', method: 'POST', key, query, body, deadlineMs: COMPLETE_MS })
    const fault = s3Fault(answer)
    if (fault !== null) return fault
    const isDone = readAnswerText(bodyOf(answer), 'CompleteMultipartUploadResult', 'ETag') !== null
    if (isDone || answer.kind !== 'answer') return null
    return s3Fault({ ...answer, status: 500 })
  }

  /** Aborting that fails too leaves parts behind, which a rule of the bucket may clear away: the first fault is what counts. */
  async function abort<Fault extends StorageFault | null>(uploadId: string, fault: Fault): Promise<Fault> {
    await door.ask({ operation: 'put', method: 'DELETE', key, query: { uploadId } })
    return fault
  }
}

const stored = { kind: 'stored' } as const

/** Parts of the same size, the last one smaller; `isLast` also of the only one. */
async function* partsOf(content: Content): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let held: Buffer[] = []
  let size = 0
  for await (const piece of piecesOf(content)) {
    for (let rest = piece; rest.length > 0; ) {
      if (size === PART_BYTES) {
        yield { bytes: Buffer.concat(held), isLast: false }
        held = []
        size = 0
      }
      const taken = rest.subarray(0, PART_BYTES - size)
      // A copy: a piece is its giver's again when the next one is asked for.
      held.push(Buffer.from(taken))
      size += taken.length
      rest = rest.subarray(taken.length)
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true }
}

const bodyOf = (answer: OutboundAnswer) => (answer.kind === 'answer' ? answer.body : Buffer.alloc(0))

const unreadable = (what: string): StorageFault => ({
  kind: 'unavailable',
  reason: `the storage took the request and did not say ${what}`,
})

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
