/** Documents: registered, uploaded, and only after they were read back, finalized. */
import { z } from 'zod'
import { documentStatusSchema } from './document-status.ts'
import { pageOf, pageQueryShape, several } from './paging.ts'
import { deliverToSchema } from './results.ts'
import { text, timeSchema } from './text.ts'
import { waitSchema } from './wait.ts'

export const documentStateSchema = z.enum(['registered', 'finalized', 'duplicate'])
export type DocumentState = z.output<typeof documentStateSchema>

export const uploadSchema = z
  .object({
    url: z.string().describe('Where the content goes; signed, so that no key is needed'),
    method: z.literal('PUT').describe('How it is sent'),
    expiresAt: timeSchema.describe('After this the address is refused'),
    headers: z.record(z.string(), z.string()).describe('Headers that must be sent with it'),
  })
  .meta({ id: 'Upload', description: 'Where and how the content of a document is sent' })
export type Upload = z.output<typeof uploadSchema>

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'Expected SHA-256 as 64 lower-case hexadecimal digits')

const ownerSchema = text(200).describe('Whose document it is; the same content is a duplicate only for one owner')

export const documentSchema = z
  .object({
    id: z.string().describe('The id, `doc_…`'),
    owner: z.string().describe('Whose it is'),
    filename: z.string().describe('What it was called'),
    mime: z.string().describe('Its media type'),
    bytes: z.number().int().describe('The size that was promised, and proven once it is finalized'),
    sha256: z.string().describe('The SHA-256 that was promised, and proven once it is finalized; hexadecimal'),
    state: documentStateSchema.describe('Whether its content was read back'),
    status: documentStatusSchema.nullable().describe('Where it stands; null while its content is not proven'),
    jobId: z.string().nullable().describe('The job that works on it'),
    duplicateOf: z.string().nullable().describe('The document of the same owner with the same content'),
    upload: uploadSchema.nullable().describe('Where the content goes; null once it is finalized'),
    createdAt: timeSchema.describe('When it was registered'),
    finalizedAt: timeSchema.nullable().describe('When its content was read back and found to be as promised'),
  })
  .meta({ id: 'Document', description: 'A document and where it stands' })
export type Document = z.output<typeof documentSchema>

export const documentPageSchema = pageOf(documentSchema)

export const createDocumentSchema = z
  .strictObject({
    owner: ownerSchema.default('default'),
    filename: text(200).describe('What it is called, at most 200 characters'),
    bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Its exact size'),
    sha256: sha256Schema.describe('The SHA-256 of its content, hexadecimal'),
    mime: text(200).default('application/pdf').describe('Its media type'),
    deliverTo: deliverToSchema.optional(),
  })
  .meta({ id: 'CreateDocument', description: 'What is promised about a document before its content comes' })
export type CreateDocument = z.input<typeof createDocumentSchema>
export type CreateDocumentRequest = z.output<typeof createDocumentSchema>

/** The query of a signed upload address. Both or neither: without them a key is needed. */
export const uploadQuerySchema = z.strictObject({
  expires: text(40).optional().describe('Until when the address is good, as signed'),
  signature: text(200).optional().describe('What proves that Becket made the address'),
})
export type UploadQuery = z.output<typeof uploadQuerySchema>

export const finalizeQuerySchema = z.strictObject({
  wait: waitSchema
    .optional()
    .describe('How long to wait for the content to show up before saying that it is not there; at most 60s'),
})

export const documentQuerySchema = z.strictObject({
  ...pageQueryShape,
  owner: ownerSchema.optional(),
  state: several(documentStateSchema).optional().describe('One or several states'),
  status: several(documentStatusSchema)
    .optional()
    .describe(
      'One or several statuses; judged page by page, so a page may be short or empty while `nextCursor` leads on',
    ),
})
export type DocumentQuery = z.output<typeof documentQuerySchema>
