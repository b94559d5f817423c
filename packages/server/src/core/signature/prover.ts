/** Judges signatures by one key. Every comparison takes the same time, whatever is compared. */
import { createHash, createHmac, timingSafeEqual, verify } from 'node:crypto'
import { readPublicKey } from './public-key.ts'
import type { Proof } from './scheme.ts'

export type Prover = (signature: Buffer) => boolean

type HmacProof = Proof & { kind: 'hmac' }

/** Undefined where the key is unusable. `messages`: what may have been signed; one has to fit. */
export function proverOf(proof: Proof, key: string, messages: readonly Buffer[][]): Prover | undefined {
  switch (proof.kind) {
    case 'hmac':
      return hmacProver(proof, key, messages)
    case 'equal':
      return equalProver(key)
    case 'ed25519':
    case 'ecdsa-p256': {
      const publicKey = readPublicKey(key, proof.kind)
      if (publicKey === undefined) return undefined
      const hash = proof.kind === 'ed25519' ? null : 'sha256'
      const wholes = messages.map((chunks) => Buffer.concat(chunks))
      return (signature) => anyOf(wholes, (whole) => verify(hash, whole, publicKey, signature))
    }
    default:
      return proof satisfies never
  }
}

/** One HMAC per key and message, however many signatures a request lists. */
function hmacProver(proof: HmacProof, secret: string, messages: readonly Buffer[][]) {
  const key = hmacKeyOf(proof, secret)
  if (key === undefined) return undefined
  const wanted = messages.map((chunks) => {
    const hmac = createHmac(proof.hash, key)
    for (const chunk of chunks) hmac.update(chunk)
    return hmac.digest()
  })
  return (signature: Buffer) =>
    anyOf(wanted, (digest) => digest.length === signature.length && timingSafeEqual(digest, signature))
}

function equalProver(secret: string): Prover | undefined {
  if (secret === '') return undefined
  // Hashed first: the values may differ in length, which a comparison in constant time does not take.
  const wanted = sha256(Buffer.from(secret, 'utf8'))
  return (claim) => timingSafeEqual(sha256(claim), wanted)
}

/** Undefined where the secret is no key. */
export function hmacKeyOf({ key: form }: HmacProof, secret: string): Buffer | undefined {
  const key = form === 'base64' ? keyInBase64(secret) : Buffer.from(secret, 'utf8')
  // Anyone can sign with an empty key.
  return key === undefined || key.length === 0 ? undefined : key
}

function keyInBase64(secret: string): Buffer | undefined {
  const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64') : undefined
}

/** All are tried, also after one fits: the time taken tells nothing. */
function anyOf<Item>(items: readonly Item[], fits: (item: Item) => boolean): boolean {
  let isAny = false
  for (const item of items) isAny = fits(item) || isAny
  return isAny
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
