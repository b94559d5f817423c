/** API keys. Stored hashed; the secret is shown once, when the key is made. */
import { z } from 'zod'
import { text, timeSchema } from './text.ts'

export const roles = ['app', 'viewer', 'operator', 'admin'] as const
export const roleSchema = z.enum(roles)
export type Role = z.output<typeof roleSchema>

export const keySchema = z
  .object({
    id: z.string().describe('The id, `key_…`'),
    name: z.string().describe('What it is for'),
    role: roleSchema.describe('What it may do'),
    createdAt: timeSchema.describe('When it was made'),
    revokedAt: timeSchema.nullable().describe('Since when it is refused'),
  })
  .meta({ id: 'Key', description: 'An API key, without its secret' })
export type Key = z.output<typeof keySchema>

export const createdKeySchema = keySchema
  .extend({ secret: z.string().describe('The key itself; shown now and never again') })
  .meta({ id: 'CreatedKey', description: 'A new API key with its secret' })
export type CreatedKey = z.output<typeof createdKeySchema>

export const keyListSchema = z.object({ items: z.array(keySchema).describe('All keys, newest first') })

export const createKeySchema = z
  .strictObject({
    name: text(100).describe('What it is for'),
    role: roleSchema.describe(
      '`app`: expectations, jobs, documents; `viewer`: reads everything; `operator`: also acts by hand; `admin`: also keys',
    ),
  })
  .meta({ id: 'CreateKey', description: 'What a key is made from' })
export type CreateKey = z.input<typeof createKeySchema>
