/** Which options a schema knows at a path; for suggestions. Looks through defaults, lists, records and unions. */
import { z } from 'zod'
import type { Path } from './draft.ts'
import { unwrap } from './option.ts'

export function namesIn(schema: z.ZodType, path: Path): string[] {
  return [...new Set(schemasAt([schema], path).flatMap(shapeKeys))]
}

function schemasAt(schemas: readonly z.ZodType[], path: Path): z.ZodType[] {
  const flat = schemas.flatMap(alternatives)
  const [part, ...rest] = path
  if (part === undefined) return flat
  return schemasAt(
    flat.flatMap((schema) => childOf(schema, part)),
    rest,
  )
}

/** The schema itself; the members of a union; what a transformation reads or makes. */
function alternatives(schema: z.ZodType): z.ZodType[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodUnion) return inner.options.filter(isSchema).flatMap(alternatives)
  if (inner instanceof z.ZodPipe) return [inner.def.in, inner.def.out].filter(isSchema).flatMap(alternatives)
  return [inner]
}

function childOf(schema: z.ZodType, part: string | number): z.ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element].filter(isSchema)
  if (schema instanceof z.ZodRecord) return [schema.valueType].filter(isSchema)
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, part)) return []
  return [schema.shape[part]].filter(isSchema)
}

function shapeKeys(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType
