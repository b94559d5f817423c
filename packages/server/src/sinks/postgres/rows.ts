/**
 * The SQL that puts results into a table of the user's. Values travel as one JSON text that PostgreSQL itself reads into
 * the types of the columns: what fits is its decision, and nothing of a result is ever part of a statement. Sends nothing.
 */
import type { Result } from '@becket/client/contract'
import type { PostgresOptions } from './options.ts'
import { followRecipe, type Recipe } from './recipe.ts'
import { quoted } from './table-name.ts'

export interface RowTable {
  parts: readonly string[]
  key: string
  updatedColumn: string | undefined
  recipes: ReadonlyMap<string, Recipe>
}

/** Null where results go nowhere but into chunks. */
export function rowTableOf({ table, key, updatedColumn, columns }: PostgresOptions): RowTable | null {
  if (table === undefined) return null
  const recipes = new Map<string, Recipe>([[key, { kind: 'pointer', pointer: '/id' }]])
  if (updatedColumn !== undefined) recipes.set(updatedColumn, { kind: 'pointer', pointer: '/endedAt' })
  for (const [column, recipe] of Object.entries(columns)) recipes.set(column, recipe)
  return { parts: table, key, updatedColumn, recipes }
}

export type Row = Readonly<Record<string, unknown>>

export function rowOf({ recipes }: RowTable, result: Result): Row {
  return Object.fromEntries([...recipes].map(([column, recipe]) => [column, followRecipe(recipe, result)]))
}

/** `$1`: the rows as a JSON array. */
export function upsertRows({ parts, key, updatedColumn, recipes }: RowTable): string {
  const guard =
    updatedColumn === undefined
      ? ''
      : ` where mine.${quoted(updatedColumn)} is null or mine.${quoted(updatedColumn)} <= excluded.${quoted(updatedColumn)}`
  return upsert(parts, [...recipes.keys()], { conflict: [key], keep: [], guard })
}

/** `keep`: columns that a row keeps from its first write. */
export function upsert(
  parts: readonly string[],
  columns: readonly string[],
  { conflict, keep, guard }: { conflict: readonly string[]; keep: readonly string[]; guard: string },
): string {
  const names = columns.map((column) => quoted(column)).join(', ')
  const changing = columns.filter((column) => !conflict.includes(column) && !keep.includes(column))
  const sets = changing.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')
  const action = sets === '' ? 'nothing' : `update set ${sets}${guard}`
  return (
    `insert into ${quoted(...parts)} as mine (${names}) ` +
    `select ${names} from json_populate_recordset(null::${quoted(...parts)}, $1::json) ` +
    `on conflict (${conflict.map((column) => quoted(column)).join(', ')}) do ${action}`
  )
}
