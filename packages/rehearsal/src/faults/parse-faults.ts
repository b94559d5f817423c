/** Reads faults as a person wrote them; refuses what it does not know and says what was probably meant. */
import { z } from 'zod'
import { RehearsalError } from '../stage/rehearsal-error.ts'
import { type Faults, type FaultsInput, faultsSchema } from './faults.ts'
import { nearMiss } from './near-miss.ts'

export function parseFaults(input: FaultsInput | undefined): Faults {
  const parsed = faultsSchema.safeParse(spellOut(input ?? {}))
  if (parsed.success) return parsed.data
  throw new RehearsalError(
    'FAULTS_INVALID',
    `The faults cannot be used: ${parsed.error.issues.map(describe).join('; ')}.`,
    'Mend what is named; nothing was started.',
    parsed.error,
  )
}

/** `{ parse: { loss: 0.4 } }` becomes `{ parse: { loss: { rate: 0.4 } } }`; a `delay` reads numbers by itself. */
function spellOut(input: unknown): unknown {
  if (!isRecord(input)) return input
  return mapValues(input, (operation) =>
    isRecord(operation)
      ? mapValues(operation, (fault, name) => (typeof fault === 'number' && name !== 'delay' ? { rate: fault } : fault))
      : operation,
  )
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => describeUnknown(key, path)).join('; ')
  }
  // A union's own message says only that nothing fitted.
  const message = issue.code === 'invalid_union' ? 'fits none of the forms it may have' : issue.message
  return `\`${path.join('.') || 'faults'}\`: ${message}`
}

function describeUnknown(key: string, path: string[]): string {
  const known = keysAt(path)
  const kind = path.length === 0 ? 'operation' : path.length === 1 ? 'fault' : 'parameter'
  const place = path.length === 0 ? '' : ` of \`${path.join('.')}\``
  const meant = nearMiss(key, known)
  return `unknown ${kind} \`${key}\`${place}, ${meant ? `did you mean \`${meant}\`?` : `known are ${known.join(', ')}`}`
}

function keysAt(path: string[]): string[] {
  let schema: unknown = faultsSchema
  for (const key of path) schema = unwrap(schema) instanceof z.ZodObject ? shapeOf(schema)[key] : undefined
  return Object.keys(shapeOf(schema))
}

function shapeOf(schema: unknown): Record<string, unknown> {
  const bare = unwrap(schema)
  return bare instanceof z.ZodObject ? bare.shape : {}
}

function unwrap(schema: unknown): unknown {
  let bare = schema
  while (bare instanceof z.ZodOptional || bare instanceof z.ZodDefault || bare instanceof z.ZodPrefault) {
    bare = bare.unwrap()
  }
  return bare
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapValues(record: Record<string, unknown>, change: (value: unknown, key: string) => unknown) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}
