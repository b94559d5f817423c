/**
 * The SQL that keeps a document's chunks and vectors in a table of the user's. A vector travels as `[…]` in JSON, which
 * PostgreSQL reads as `vector` and as `real[]` alike, whichever the column is. Sends nothing.
 */
import type { Result } from '@becket/client/contract'
import type { ResultChunk } from '../sink.ts'
import type { ChunkOptions } from './options.ts'
import { followRecipe, uuidOf } from './recipe.ts'
import { type Row, upsert } from './rows.ts'
import { quoted } from './table-name.ts'

export interface ChunkTable {
  parts: readonly string[]
  /** `$1`: rows as a JSON array. */
  upsert: string
  /** `$1`: one row as JSON, the ordinal being the first that is no longer there. */
  deleteBeyond: string
  rowOf(chunk: ResultChunk, result: Result): Row
  /** The same row, with the first ordinal that is no longer there. */
  beyond(row: Row, count: number): Row
}

/** What names a set of chunks: those of another chunker, or of another version of it, are not touched. */
function identity({ columns }: ChunkOptions): string[] {
  return [columns.document, columns.chunker, ...(columns.version === null ? [] : [columns.version])]
}

export function chunkTableOf(options: ChunkOptions): ChunkTable {
  const { table: parts, columns, also } = options
  const names = [...Object.values(columns).filter((name) => name !== null), ...Object.keys(also)]
  const target = quoted(...parts)
  const isSame = identity(options).map((name) => `mine.${quoted(name)} = kept.${quoted(name)}`)
  const ordinal = quoted(columns.ordinal)
  return {
    parts,
    upsert: upsert(parts, names, {
      conflict: [...identity(options), columns.ordinal],
      // Others may refer to a piece by its id.
      keep: columns.id === null ? [] : [columns.id],
      guard: '',
    }),
    deleteBeyond:
      `delete from ${target} as mine using json_populate_record(null::${target}, $1::json) as kept ` +
      `where ${isSame.join(' and ')} and mine.${ordinal} >= kept.${ordinal}`,
    rowOf: (chunk, result) => rowOf(chunk, result, options),
    beyond: (row, count) => ({
      ...Object.fromEntries(identity(options).map((name) => [name, row[name]])),
      [columns.ordinal]: count,
    }),
  }
}

function rowOf(chunk: ResultChunk, result: Result, { columns, document, modelVersion, also }: ChunkOptions): Row {
  const [chunker, version] = dividedName(chunk.chunker)
  const values: Record<keyof typeof columns, unknown> = {
    document: followRecipe(document, result),
    chunker: columns.version === null ? chunk.chunker : chunker,
    version,
    ordinal: chunk.ordinal,
    id: uuidOf(chunk.id),
    text: chunk.content,
    sha256: chunk.sha256,
    model: chunk.model,
    modelVersion,
    dimensions: chunk.embedding?.length ?? null,
    embedding: chunk.embedding,
  }
  const named = Object.entries(columns).flatMap(([field, name]) =>
    name === null ? [] : [[name, Reflect.get(values, field)] as const],
  )
  const more = Object.entries(also).map(([name, recipe]) => [name, followRecipe(recipe, result)] as const)
  return Object.fromEntries([...named, ...more])
}

/** `markdown-1`: the chunker `markdown` in its version `1`. */
function dividedName(chunker: string): [string, string] {
  const at = chunker.lastIndexOf('-')
  return at <= 0 ? [chunker, '1'] : [chunker.slice(0, at), chunker.slice(at + 1)]
}
