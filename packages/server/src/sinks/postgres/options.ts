/** The options of a postgres sink: whose database, which table, and which column gets what. */
import { z } from 'zod'
import { option, scalar } from '../../config/option.ts'
import { duration, list, text } from '../../config/scalar.ts'
import { connectionString } from '../../db/database-url.ts'
import { typesOption } from '../result-types.ts'
import { recipe } from './recipe.ts'
import { isName, readTableName } from './table-name.ts'

const MAX_WAIT_MS = 7 * 24 * 3_600_000
// About two days: a database is back by then, or somebody knows that it is not.
const DEFAULT_RETRY = ['1s', '5s', '30s', '2m', '10m', '30m', '1h', '3h', '6h', '12h', '24h']

const isUrl = (url: string) => {
  try {
    return connectionString(url) !== ''
  } catch {
    // What is wrong with it could quote the password: that it is none says enough.
    return false
  }
}

const table = () => {
  const expected = 'the name of a table, such as app.results; a part with a dot or a space in double quotes'
  const schema = z.string({ error: expected }).transform((written, context): string[] => {
    const parts = readTableName(written)
    if (parts !== null) return parts
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
  return scalar(schema, { kind: 'text', expected })
}

const column = () => text('the name of a column', isName)

const COLUMNS = 'a map of column names to what goes into them'
const columns = () =>
  scalar(
    z
      .record(z.string(), recipe(), { error: COLUMNS })
      .refine((map) => Object.keys(map).every(isName), { error: COLUMNS }),
    { kind: 'text', expected: COLUMNS },
  )

/** Null: the table has no such column. In the file that is `false`, since an option without a value counts as not there. */
const columnOrNone = () => {
  const expected = 'the name of a column, or false where the table has no such column'
  const schema = z.union([z.string(), z.boolean()], { error: expected }).transform((written, context) => {
    if (written === false) return null
    if (typeof written === 'string' && isName(written)) return written
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
  return scalar(schema, { kind: 'text', expected })
}

const chunkColumn = (name: string, description: string) =>
  option(columnOrNone().prefault(name), { description: `${description} \`false\` where the table has no such column.` })

const chunks = z.strictObject({
  table: option(table(), { description: "The table that gets the pieces of a document's text with their vectors." }),
  document: option(recipe().prefault('/output/documentId'), {
    description: 'What the table knows the document by.',
  }),
  modelVersion: option(text('a text').prefault('1'), {
    description: 'What is written as the version of the embedding model.',
  }),
  columns: z
    .strictObject({
      document: option(column().prefault('document_id'), { description: 'Which document.' }),
      chunker: option(column().prefault('chunker_name'), { description: 'How the text was divided.' }),
      version: chunkColumn('chunker_version', 'The version of that.'),
      ordinal: option(column().prefault('chunk_ord'), { description: 'Which piece, from 0.' }),
      id: chunkColumn('chunk_id', 'A UUID of the piece, always the same.'),
      text: option(column().prefault('text'), { description: 'The piece.' }),
      sha256: chunkColumn('chunk_sha', 'The SHA-256 of the piece, hexadecimal.'),
      model: chunkColumn('embed_model', 'The model that made the vector.'),
      modelVersion: chunkColumn('embed_version', 'Its version.'),
      dimensions: chunkColumn('vector_dim', 'How many numbers the vector has.'),
      embedding: option(column().prefault('embedding'), { description: 'The vector: `vector` or `real[]`.' }),
    })
    .prefault({}),
  also: option(columns().prefault({}), { description: 'More columns of each piece, filled from the result.' }),
})
export type ChunkOptions = z.output<typeof chunks>

export const postgresOptions = z
  .strictObject({
    url: option(text('postgres://user:password@host:5432/name', isUrl), {
      description: "The database, which is yours and not Becket's.",
      secret: true,
    }),
    table: option(table().optional(), { description: 'The table that gets one row per result.' }),
    key: option(column().prefault('id'), {
      description: 'The column by which a row is found again; it needs a unique constraint.',
    }),
    columns: option(columns().prefault({}), {
      description: "Which column gets what. The key's gets `/id` unless it stands here.",
    }),
    updatedColumn: option(column().optional(), {
      description:
        'A column with a time: a row whose time is later is left alone. It gets `/endedAt` unless it stands under `columns`.',
    }),
    chunks: chunks.optional(),
    types: typesOption(),
    retry: option(list(duration({ minMs: 1, maxMs: MAX_WAIT_MS }), 'a list of durations').prefault(DEFAULT_RETRY), {
      description: 'The wait before the second try, the third, and so on; after the last it is given up.',
    }),
  })
  .refine(({ table, chunks }) => table !== undefined || chunks !== undefined, {
    error: '`table` or `chunks`, or both',
  })
export type PostgresOptions = z.output<typeof postgresOptions>
