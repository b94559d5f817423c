/** Makes signatures by one key: the mirror of `prover.ts`. Knows no request; judges nothing. */
import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { hmacKeyOf } from './prover.ts'
import { kindOf } from './public-key.ts'
import type { Proof } from './scheme.ts'

export type Signature = { bytes: Buffer } | { fault: string }

/** `key`: the shared secret, or the private key as PEM or as a JSON Web Key. `message`: what is signed, in pieces. */
export function signatureBy(proof: Proof, key: string, message: readonly Buffer[]): Signature {
  switch (proof.kind) {
    case 'hmac': {
      const secret = hmacKeyOf(proof, key)
      if (secret === undefined)
        return { fault: 'the secret of the source is empty, or not the base64 that it has to be' }
      const hmac = createHmac(proof.hash, secret)
      for (const chunk of message) hmac.update(chunk)
      return { bytes: hmac.digest() }
    }
    case 'equal':
      return key === '' ? { fault: 'the secret of the source is empty' } : { bytes: Buffer.from(key, 'utf8') }
    case 'ed25519':
    case 'ecdsa-p256': {
      const privateKey = readPrivateKey(key)
      if (privateKey === undefined || kindOf(privateKey) !== proof.kind) {
        return { fault: `the private key is not one of ${proof.kind}, as PEM or as a JSON Web Key` }
      }
      const hash = proof.kind === 'ed25519' ? null : 'sha256'
      return { bytes: sign(hash, Buffer.concat(message), privateKey) }
    }
    default:
      return proof satisfies never
  }
}

/** Undefined where the text is no private key. */
function readPrivateKey(text: string): KeyObject | undefined {
  const written = text.trim()
  try {
    if (!written.startsWith('{')) return createPrivateKey(written.replaceAll('\\n', '\n'))
    return createPrivateKey({ key: JSON.parse(written), format: 'jwk' })
  } catch {
    // What is wrong with it could quote the key: that it is none says enough.
    return undefined
  }
}
