/**
 * What a row of the tables of schemes says: how callbacks of one kind are signed, as data. Rows are in
 * `shared-secret-schemes.ts`, `public-key-schemes.ts` and, for those that a configuration completes, `scheme-of.ts`;
 * how they are applied is in `judge.ts`.
 */

export type Hash = 'sha1' | 'sha256' | 'sha512'

/** `text`: not decoded, as it came. */
export type Encoding = 'hex' | 'base64' | 'base64url' | 'text'

/** Headers by what they carry. Each name beside `signature` may stand in `signed`, as `{name}`. */
export type HeaderSet = Readonly<Record<string, string>> & { readonly signature: string }

/** How signatures stand in their header. */
export type SignatureValue =
  /** The whole value, behind a prefix whose case does not matter. */
  | { form: 'whole'; prefix?: string }
  /** Words, each `version,signature`; those of another version are passed over. */
  | { form: 'list'; version: string }
  /** `name=value` pairs: `t=1700000000,v1=…`. The signature may stand there several times, the timestamp once. */
  | { form: 'fields'; separator: string; signature: string; timestamp?: string }

export type Proof =
  /** `key: base64`: the secret is the key in base64, with or without `whsec_`; else its text is the key. */
  | { kind: 'hmac'; hash: Hash; key?: 'base64' }
  | { kind: 'ed25519' }
  /** Over SHA-256; the signature is DER. */
  | { kind: 'ecdsa-p256' }
  /** The value is the secret itself. */
  | { kind: 'equal' }

export interface SignedTime {
  unit: 's' | 'ms'
  /** How far it may be from ours where the source does not say. Null: as far as it likes. */
  toleranceMs: number | null
  /** A field at the top of the signed JSON body, where no header and no part of the signature carries the time. */
  bodyField?: string
}

/** How a signature is verified. */
export interface Scheme {
  /** Of several sets, the first that is there in part. */
  headers: readonly HeaderSet[]
  value: SignatureValue
  encoding: Encoding
  proof: Proof
  /** Templates of what is signed (`message.ts` has the parts); of several, one has to fit. None: nothing is. */
  signed: readonly string[]
  time?: SignedTime
}

/** A scheme that belongs to somebody. */
export interface ProviderScheme extends Scheme {
  /** Whose it is. */
  of: string
  /**
   * How we know. `library`: vectors were made or accepted by the provider's own code. `documentation`: only its pages say
   * so. `hearsay`: only others do.
   */
  basis: 'library' | 'documentation' | 'hearsay'
  /** What has not been seen with the provider itself. */
  unknown?: string
  /** What it asks of an address, and what we answer; see `handshake.ts`. */
  handshake?: string
}
