/** What a running process really runs with: names, keyed fingerprints and where each came from. Never values. */
import { z } from 'zod'
import { instanceRoleSchema } from './health.ts'

const settingSchema = z.object({
  name: z.string().describe('The option, `database.url`'),
  variable: z.string().nullable().describe('Its name in the environment, where it has one'),
  fingerprint: z
    .string()
    .nullable()
    .describe('Equal for equal values of this option under one key, and nothing else; null: not set'),
  identity: z
    .string()
    .nullable()
    .describe('Of an address of a database: equal where both lead to the same one; null for everything else'),
  origin: z.string().describe('The file and line, the variable, the flag, or `default`'),
})

export const instanceSettingsSchema = z
  .object({
    instanceId: z.string().describe('The process'),
    roles: z.array(instanceRoleSchema).describe('What it does'),
    environment: z.string().nullable().describe('development, staging or production'),
    release: z.string().describe('The version that it runs'),
    node: z.string().nullable().describe('The version of Node'),
    database: z.string().nullable().describe('Fingerprint of server, database and schema'),
    manifest: z.string().nullable().describe('Fingerprint of the names that its release knows'),
    keyId: z
      .string()
      .nullable()
      .describe('Names the key of the fingerprints: under another one nothing can be compared'),
    settings: z.array(settingSchema).describe('By name'),
  })
  .meta({ id: 'InstanceSettings', description: 'What a process really runs with, without values' })
export type InstanceSettings = z.output<typeof instanceSettingsSchema>
