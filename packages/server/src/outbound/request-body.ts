/** Turns a request's body into bytes, so that a redirect can send it again and its length is known. */

export async function encodeBody(
  body: Buffer | string | FormData | undefined,
): Promise<{ body: Buffer | null; contentType: { 'content-type'?: string } }> {
  if (body === undefined) return { body: null, contentType: {} }
  if (Buffer.isBuffer(body)) return { body, contentType: {} }
  if (typeof body === 'string') return { body: Buffer.from(body, 'utf8'), contentType: {} }
  // The platform's own encoder chooses the boundary and names it in the content type.
  const encoded = new Response(body)
  const contentType = encoded.headers.get('content-type')
  return {
    body: Buffer.from(await encoded.arrayBuffer()),
    contentType: contentType === null ? {} : { 'content-type': contentType },
  }
}
