/** How a source's callbacks are verified: the name of a scheme, its keys, and what only this source knows. */
import type { publicKeySchemes } from './public-key-schemes.ts'
import type { Encoding, Hash } from './scheme.ts'
import type { sharedSecretSchemes } from './shared-secret-schemes.ts'

export type SharedSecretScheme = keyof typeof sharedSecretSchemes
export type PublicKeyScheme = keyof typeof publicKeySchemes

/** Each key is tried, so that one can be changed without losing a callback. */
interface Shared {
  secrets: string[]
}

interface Published {
  /** In any form that `public-key.ts` reads. */
  publicKeys: string[]
}

interface Aged {
  /** How far the signed time may be from ours. Absent: what the scheme says. */
  toleranceMs?: number
}

/** What is signed, where no row of a table says it. */
interface Described extends Aged {
  header: string
  encoding: Exclude<Encoding, 'text'>
  /** What stands before the signature, like `sha256=`. */
  prefix?: string
  /** A template: `{timestamp}.{body}`. */
  signed: string
  timestampHeader?: string
  timestampUnit?: 's' | 'ms'
}

export interface HmacSigning extends Shared, Described {
  scheme: 'hmac'
  algorithm: Hash
  /** Where the header is `t=…,v1=…`: the names of its fields. */
  signatureField?: string
  timestampField?: string
}

export interface Ed25519Signing extends Published, Described {
  scheme: 'ed25519'
}

/** HMAC-SHA256 over the raw body. */
export interface BodyHmacSigning extends Shared {
  scheme: 'hmac-sha256'
  header: string
  encoding: Exclude<Encoding, 'text'>
  prefix?: string
}

export type Signing =
  | ({
      scheme: SharedSecretScheme /** Meta: what it asks us for when it subscribes. */
      verifyTokens?: string[]
    } & Shared &
      Aged)
  | ({ scheme: PublicKeyScheme } & Published & Aged)
  | HmacSigning
  | Ed25519Signing
  | BodyHmacSigning
  /** The header's whole value is the secret. */
  | ({ scheme: 'static-header'; header: string } & Shared)
  /** `basic`: each secret is `user:password`. */
  | ({ scheme: 'basic' | 'bearer' } & Shared)

export type VerifyConfig = { scheme: 'none' } | Signing
