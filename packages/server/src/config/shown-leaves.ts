/** The single values inside options of a provider or of a kind of sink, each with its path, as text. */
import { isMap, type Path } from './draft.ts'

export interface ShownLeaf {
  path: Path
  value: string | null
}

export function leavesOf(value: unknown, path: Path): ShownLeaf[] {
  if (isMap(value)) return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
  if (value === undefined || value === null) return [{ path, value: null }]
  return [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }]
}
