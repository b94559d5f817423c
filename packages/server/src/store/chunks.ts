/** Rows of `chunk`: a document's text in pieces, with ids made of what they are, so that a repeat writes the same rows. */
import type { Queryable, Tx } from '../db/db.ts'

export interface NewChunk {
  id: string
  ordinal: number
  heading: string
  content: string
  sha256: Buffer
  tokens: number
}

/** Writes a document's chunks as one set: what another version of the chunker left is replaced. */
export async function replaceChunks(
  tx: Tx,
  documentId: string,
  chunker: string,
  chunks: readonly NewChunk[],
): Promise<void> {
  await tx.query('delete from becket.chunk where document_id = $1 and not (id = any($2))', [
    documentId,
    chunks.map((chunk) => chunk.id),
  ])
  const column = <Value>(value: (chunk: NewChunk) => Value) => chunks.map(value)
  await tx.query(
    `insert into becket.chunk (id, document_id, chunker, ordinal, heading, content, sha256, tokens)
     select id, $1, $2, ordinal, heading, content, sha256, tokens
     from unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::bytea[], $8::int[])
       as fresh (id, ordinal, heading, content, sha256, tokens)
     on conflict (id) do nothing`,
    [
      documentId,
      chunker,
      column((chunk) => chunk.id),
      column((chunk) => chunk.ordinal),
      column((chunk) => chunk.heading),
      column((chunk) => chunk.content),
      column((chunk) => chunk.sha256),
      column((chunk) => chunk.tokens),
    ],
  )
}

export interface UnembeddedChunk {
  id: string
  ordinal: number
  content: string
}

/** The next chunks without a vector; relies on chunk_to_embed. */
export async function readUnembedded(db: Queryable, documentId: string, limit: number): Promise<UnembeddedChunk[]> {
  const { rows } = await db.query<UnembeddedChunk>(
    `select id, ordinal, content from becket.chunk where document_id = $1 and embedding is null order by ordinal limit $2`,
    [documentId, limit],
  )
  return rows
}

/** As 4-byte floats: what `real` holds; a smaller number than that becomes 0 here and not an error there. */
export async function writeEmbeddings(
  tx: Tx,
  model: string,
  embeddings: readonly { id: string; vector: ArrayLike<number> }[],
): Promise<void> {
  await tx.query(
    `update becket.chunk c set embedding = made.vector::real[], embed_model = $1
     from unnest($2::text[], $3::text[]) as made (id, vector) where c.id = made.id`,
    [model, embeddings.map(({ id }) => id), embeddings.map(({ vector }) => `{${Float32Array.from(vector).join(',')}}`)],
  )
}

export interface ChunkRow {
  id: string
  ordinal: number
  chunker: string
  heading: string
  content: string
  /** Hexadecimal. */
  sha256: string
  tokens: number
  model: string | null
  embedding: number[] | null
}

// 200 with 1,536 numbers each are two megabytes.
const CHUNKS_AT_ONCE = 200

/** All chunks of a document in order, a page at a time; each page relies on the unique key (document_id, chunker, ordinal). */
export async function* readAllChunks(db: Queryable, documentId: string): AsyncGenerator<readonly ChunkRow[]> {
  for (let after = -1; ; ) {
    const { rows } = await db.query<ChunkRow>(
      `select id, ordinal, chunker, heading, content, encode(sha256, 'hex') as sha256, tokens, embed_model as model,
         embedding
       from becket.chunk where document_id = $1 and ordinal > $2 order by ordinal limit $3`,
      [documentId, after, CHUNKS_AT_ONCE],
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = last.ordinal
  }
}

export interface ChunkCount {
  chunks: number
  embedded: number
  tokens: number
}

export async function countChunks(db: Queryable, documentId: string): Promise<ChunkCount> {
  const { rows } = await db.query<ChunkCount>(
    `select count(*)::int as chunks, count(embedding)::int as embedded, coalesce(sum(tokens), 0)::int as tokens
     from becket.chunk where document_id = $1`,
    [documentId],
  )
  return rows[0] ?? { chunks: 0, embedded: 0, tokens: 0 }
}
