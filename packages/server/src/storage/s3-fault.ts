/**
 * What an answer of an S3 storage means when it is not a success. Vendors agree on the words in the body more than on the
 * status, so the words decide. Only they prove that an object is missing: a gateway, a wrong address or a lost bucket
 * also say 404, and then waiting is right, since failing every document is not. Sends nothing.
 */
import type { OutboundAnswer } from '../outbound/outbound.ts'
import type { StorageFault } from './storage.ts'

// Far more than an error needs; an object that came with the wrong status is not read through.
const ERROR_BYTES = 8192

const kinds = new Map<string, StorageFault['kind']>([
  // The configuration is wrong, not the document.
  ['AuthorizationHeaderMalformed', 'unavailable'],
  ['IllegalLocationConstraintException', 'unavailable'],
  ['PermanentRedirect', 'unavailable'],
  // Our clock, or bytes lost on the way: what may pass.
  ['RequestTimeTooSkewed', 'unavailable'],
  ['RequestTimeout', 'unavailable'],
  ['BadDigest', 'unavailable'],
  ['IncompleteBody', 'unavailable'],
  ['XAmzContentSHA256Mismatch', 'unavailable'],
  ['ExpiredToken', 'forbidden'],
  ['InvalidToken', 'forbidden'],
  ['EntityTooLarge', 'malformed'],
])

/** Null: a success. */
export function s3Fault(answer: OutboundAnswer): StorageFault | null {
  if (answer.kind === 'fault') {
    // The storage did answer, with an object larger than we take: asking again does not help.
    const kind = answer.code === 'ANSWER_TOO_LARGE' ? 'malformed' : 'unavailable'
    return { kind, reason: `no answer: ${answer.message} (${answer.code})` }
  }
  const { status } = answer
  if (status >= 200 && status < 300) return null
  const words = readWords(answer.body)
  const region = status === 301 ? answer.headers['x-amz-bucket-region'] : undefined
  const told = [words?.text, region && `the bucket lies in the region ${region}`].filter(Boolean).join('; ')
  return { kind: kindOf(status, words), reason: `the storage answered ${status}${told && `: ${told}`}` }
}

/** A ranged read of an object that has no bytes. */
export function isEmptyRange(answer: OutboundAnswer): boolean {
  return answer.kind === 'answer' && answer.status === 416
}

/** An answer to HEAD has no words. Where they would tell more than the status does, a read is asked for them. */
export function needsWords(answer: OutboundAnswer): boolean {
  return answer.kind === 'answer' && answer.status >= 300 && answer.status < 500 && answer.status !== 429
}

function kindOf(status: number, words: { code: string } | null): StorageFault['kind'] {
  const byWords = words === null ? undefined : kinds.get(words.code)
  if (byWords !== undefined) return byWords
  if (status === 401 || status === 403) return 'forbidden'
  // Larger than a proxy allows: asking again does not help, whoever said it.
  if (status === 413) return 'malformed'
  if (words === null) return 'unavailable'
  if (status === 404) return isOfObject(words.code) ? 'missing' : 'unavailable'
  // 408, 409, 429 and every 5xx, 503 SlowDown among them, may pass.
  return [400, 412, 416].includes(status) ? 'malformed' : 'unavailable'
}

/** `NoSuchKey` everywhere; some imitations say `NotFound` or `ObjectNotFound`. */
const isOfObject = (code: string) => /key|object|^not_?found$/i.test(code) && !/bucket/i.test(code)

function readWords(body: Buffer): { code: string; text: string } | null {
  const xml = body.subarray(0, ERROR_BYTES).toString('utf8')
  if (!/^\s*(?:<\?xml[^>]*>\s*)?<Error[\s>]/.test(xml)) return null
  const code = /<Code>\s*([^<\s]{1,100})\s*<\/Code>/.exec(xml)?.[1]
  if (code === undefined) return null
  // Only these two: beside them stand the id of the key and what was signed.
  const message = /<Message>([^<]*)<\/Message>/.exec(xml)?.[1]?.trim() ?? ''
  return { code, text: `${code}${message && `, ${message.slice(0, 300)}`}` }
}
