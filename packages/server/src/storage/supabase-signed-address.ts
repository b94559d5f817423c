/**
 * Reads the address that Supabase Storage signed. Its releases and routes call it by several names, give it relative to the
 * storage, and say only inside its token until when it is good.
 */
import { z } from 'zod'

const answerSchema = z
  .union([
    z.object({ signedURL: z.string() }).transform(({ signedURL }) => signedURL),
    z.object({ signedUrl: z.string() }).transform(({ signedUrl }) => signedUrl),
    z.object({ url: z.string() }).transform(({ url }) => url),
  ])
  .refine((address) => address.includes('token='))

const claimsSchema = z.object({ exp: z.number().int().positive() })

/** Null: not an address below `storageUrl`. */
export function signedAddress(body: Buffer, storageUrl: string): { url: string; expiresAtMs: number | null } | null {
  const answer = answerSchema.safeParse(parsed(body.toString('utf8')))
  if (!answer.success) return null
  const address = answer.data
  // Relative to the storage, or whole: nothing else is sent where our documents go.
  const text = address.startsWith('/') ? `${storageUrl}${address.replace(/^\/storage\/v1(?=\/)/, '')}` : address
  if (!URL.canParse(text) || !text.startsWith(`${storageUrl}/`)) return null
  const url = new URL(text)
  return { url: url.href, expiresAtMs: expiryOf(url.searchParams.get('token') ?? '') }
}

/** The token is not ours to verify; only its end is of interest. */
function expiryOf(token: string): number | null {
  const claims = claimsSchema.safeParse(parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
  return claims.success ? claims.data.exp * 1000 : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
