/** Reads a multipart upload: one `file`, to the spool, and the text fields beside it. */
import { createHash } from 'node:crypto'
// Only for its types: it adds `parts` to a request.
import type {} from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { Spool, SpooledFile } from './spool.ts'

export interface Upload {
  file: SpooledFile & { filename: string }
  fields: Record<string, string>
}

export type UploadReading = { kind: 'read'; upload: Upload } | { kind: 'invalid'; status: 413 | 422; detail: string }

export async function readUpload(request: FastifyRequest, spool: Spool): Promise<UploadReading> {
  if (!request.isMultipart()) return { kind: 'invalid', status: 422, detail: 'the body must be multipart/form-data' }
  const fields: Record<string, string> = {}
  let file: Upload['file'] | null = null
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      fields[part.fieldname] = String(part.value)
    } else if (part.fieldname === 'file' && file === null) {
      file = { ...(await spool.write(part.file)), filename: part.filename }
      if (part.file.truncated) {
        await spool.remove(file.path)
        return { kind: 'invalid', status: 413, detail: 'the file is larger than allowed' }
      }
    } else {
      // A part that is not read would hold up those behind it.
      part.file.resume()
    }
  }
  if (!file) return { kind: 'invalid', status: 422, detail: 'field required: file' }
  return { kind: 'read', upload: { file, fields } }
}

/** See `clientKey` in the ledger. */
export function clientKeyOf(request: FastifyRequest, callbackUrl: string | undefined): string | null {
  const given = request.headers['idempotency-key']
  if (typeof given === 'string' && given !== '') return given
  if (callbackUrl === undefined) return null
  return createHash('sha256').update(callbackUrl).digest('hex').slice(0, 16)
}
