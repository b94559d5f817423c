/**
 * What an answer of Supabase Storage means when it is not a success. Its habit: HTTP 400 for nearly everything, the true
 * status as a string in the body. Only the storage's own words prove that an object is missing; a gateway, a wrong
 * address or a lost bucket also say 404, and then waiting is right, since failing every document is not.
 */
import { z } from 'zod'
import type { OutboundAnswer } from '../outbound/outbound.ts'
import type { StorageFault } from './storage.ts'

const ownWords = z.object({
  statusCode: z.union([z.string(), z.number()]),
  error: z.string().default(''),
  message: z.string().default(''),
})

/** Null: a success. */
export function supabaseFault(answer: OutboundAnswer): StorageFault | null {
  if (answer.kind === 'fault') {
    // The storage did answer, with an object larger than we take: asking again does not help.
    const kind = answer.code === 'ANSWER_TOO_LARGE' ? 'malformed' : 'unavailable'
    return { kind, reason: `no answer: ${answer.message} (${answer.code})` }
  }
  if (answer.status >= 200 && answer.status < 300) return null
  const own = readOwnWords(answer.body)
  const status = own === null ? answer.status : own.status
  return { kind: kindOf(status, own), reason: `the storage answered ${status}${own === null ? '' : `: ${own.text}`}` }
}

/** A ranged read of an object that has no bytes. */
export function isEmptyRange(answer: OutboundAnswer): boolean {
  return answer.kind === 'answer' && (answer.status === 416 || readOwnWords(answer.body)?.status === 416)
}

function kindOf(status: number, own: { text: string } | null): StorageFault['kind'] {
  if (status === 401 || status === 403) return 'forbidden'
  // Larger than the bucket allows: asking again does not help, whoever said it.
  if (status === 413) return 'malformed'
  if (own === null) return 'unavailable'
  if (status === 404) return /\b(bucket|route)\b/i.test(own.text) ? 'unavailable' : 'missing'
  // 408, 409, 423, 429 and every 5xx, 503 SlowDown among them, may pass.
  return [400, 415, 416, 422].includes(status) ? 'malformed' : 'unavailable'
}

function readOwnWords(body: Buffer): { status: number; text: string } | null {
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
  const own = ownWords.safeParse(json)
  if (!own.success) return null
  const status = Number(own.data.statusCode)
  if (!Number.isInteger(status)) return null
  return { status, text: `${own.data.error}, ${own.data.message}`.slice(0, 300) }
}
