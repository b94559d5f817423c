/** An object's content on its way into a storage: whole, piece by piece as it comes, or where it lies with its length. */

export type Content = Buffer | AsyncIterable<Buffer> | SizedContent

/** What lies somewhere and can be read again, the same each time. */
export interface SizedContent {
  bytes: number
  open(): AsyncIterable<Buffer>
}

export const isSized = (content: Content): content is SizedContent => 'open' in content

export async function* piecesOf(content: Content): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) yield content
  else yield* isSized(content) ? content.open() : content
}

/** For a storage that takes objects only whole. */
export async function wholeOf(content: Content): Promise<Buffer> {
  if (Buffer.isBuffer(content)) return content
  const pieces: Buffer[] = []
  for await (const piece of piecesOf(content)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Tells a content that did not come from a storage that did not take it: the one fails like the other where it is written. */
export function watched(content: Content): { content: Content; failure(): { error: unknown } | null } {
  if (Buffer.isBuffer(content)) return { content, failure: () => null }
  let failure: { error: unknown } | null = null
  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      yield* piecesOf(content)
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  const seen = isSized(content) ? { bytes: content.bytes, open: pieces } : pieces()
  return { content: seen, failure: () => failure }
}
