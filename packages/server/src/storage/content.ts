/** An object's content on its way into a storage: whole, or piece by piece as it comes. */

export type Content = Buffer | AsyncIterable<Buffer>

/** For a storage that takes objects only whole. */
export async function wholeOf(content: Content): Promise<Buffer> {
  if (Buffer.isBuffer(content)) return content
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Tells a content that did not come from a storage that did not take it: the one fails like the other where it is written. */
export function watched(content: Content): { content: Content; failure(): { error: unknown } | null } {
  if (Buffer.isBuffer(content)) return { content, failure: () => null }
  let failure: { error: unknown } | null = null
  async function* pieces(from: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* from
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  return { content: pieces(content), failure: () => failure }
}
