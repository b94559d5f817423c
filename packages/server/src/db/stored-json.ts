/**
 * JSON as a jsonb column gives it back: what it refuses replaced, and the keys of each object by length and then by bytes.
 * For whoever tells what was written without reading it. Writes nothing; see `json.ts`.
 */
import { toJsonb } from './json.ts'

/** Deep; `undefined` becomes null. */
export function asStored<Value>(value: Value): Value
export function asStored(value: unknown): unknown {
  return inOrder(JSON.parse(toJsonb(value)))
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, inOrder(inner)])
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries(entries.length < 2 ? entries : entries.sort(byKey))
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length - right.length || left.compare(right)
}
