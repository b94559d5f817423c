/**
 * The options of `verify`: one group per set of schemes with the same options. Which schemes there are, and how each
 * signs, is said by the tables in `core/signature/`.
 */
import { z } from 'zod'
import { listPublicKeys, type PublicKeyKind, readPublicKey } from '../core/signature/public-key.ts'
import { publicKeySchemes } from '../core/signature/public-key-schemes.ts'
import type { Scheme } from '../core/signature/scheme.ts'
import { sharedSecretSchemes } from '../core/signature/shared-secret-schemes.ts'
import { requestParts } from '../core/signature/template.ts'
import type { PublicKeyScheme, SharedSecretScheme, VerifyConfig } from '../core/signature/verify-config.ts'
import { option, scalar } from './option.ts'
import { choice, duration, oneOrMore, text } from './scalar.ts'
import { checkSigned } from './signed-template.ts'

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const FIELD_NAME = /^[A-Za-z0-9_-]+$/
const STANDARD_SECRET = /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/

const secret = (item = text('a secret')) =>
  option(oneOrMore(item, 'a secret, or a list of them while one is being replaced'), {
    description: 'The secret shared with the provider; several while one is being replaced.',
    secret: true,
  })

const standardSecret = () =>
  secret(text('a secret in base64, with or without `whsec_`', (value) => STANDARD_SECRET.test(value)))

const KEY_FORMS: Record<PublicKeyKind, string> = {
  ed25519: 'an Ed25519 public key (hexadecimal, base64, PEM or a JSON Web Key), a list of them, or a JSON Web Key Set',
  'ecdsa-p256': 'a P-256 public key (SPKI in base64, PEM or a JSON Web Key), or a list of them',
}

const publicKey = (kind: PublicKeyKind) => {
  const expected = KEY_FORMS[kind]
  const schema = z.unknown().transform((value, context): string[] => {
    const keys = value === undefined ? [] : listPublicKeys(value)
    if (keys.length > 0 && keys.every((key) => readPublicKey(key, kind) !== undefined)) return keys
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
  return option(scalar(schema, { kind: 'list', expected }), {
    description: 'The public key of the provider; several while one is being replaced.',
  })
}

const tolerance = (absent: string) =>
  option(duration().optional(), { description: 'How far the signed time may be from ours.', absent })

const headerName = () => text('the name of a header', (name) => HEADER_NAME.test(name))
const header = (description: string) => option(headerName(), { description })

const prefix = () =>
  option(z.string().prefault(''), { description: 'What stands before the signature, such as `sha256=`.' })

/** What is signed, and where the signature and its time stand. */
const described = {
  header: header('The header that carries the signature.'),
  encoding: option(choice(['hex', 'base64', 'base64url']).prefault('hex'), {
    description: 'How the signature is written.',
  }),
  prefix: prefix(),
  signed: option(z.string({ error: 'a template such as {timestamp}.{body}' }).prefault('{body}'), {
    description: `What is signed, as a template of ${[...requestParts, 'timestamp', 'header:NAME'].map((part) => `\`{${part}}\``).join(', ')}; the rest of it is taken as it stands.`,
  }),
  timestampHeader: option(headerName().optional(), {
    description: 'The header that carries the time of the signature.',
  }),
  timestampUnit: option(choice(['s', 'ms']).prefault('s'), { description: 'The unit of that time, since 1970.' }),
  tolerance: tolerance('5m, where a time is signed'),
}

const fieldName = () => text('the name of a field, such as v1', (name) => FIELD_NAME.test(name)).optional()

const timed = (scheme: Scheme) => scheme.time !== undefined
const inBase64 = ({ proof }: Scheme) => proof.kind === 'hmac' && proof.key === 'base64'
// Its own group has one option more.
const isSharedSecretScheme = (name: string): name is Exclude<SharedSecretScheme, 'meta'> =>
  name !== 'meta' && Object.hasOwn(sharedSecretSchemes, name)
const isPublicKeyScheme = (name: string): name is PublicKeyScheme => Object.hasOwn(publicKeySchemes, name)
const ofSecret = (isWanted: (scheme: Scheme) => boolean) =>
  z.enum(
    Object.keys(sharedSecretSchemes)
      .filter(isSharedSecretScheme)
      .filter((name) => isWanted(sharedSecretSchemes[name])),
  )
const ofKey = (kind: PublicKeyKind) =>
  z.enum(
    Object.keys(publicKeySchemes)
      .filter(isPublicKeyScheme)
      .filter((name) => publicKeySchemes[name].proof.kind === kind),
  )

const THE_SCHEMES = 'that of the scheme'

export const verifyOptions = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('none') }),
  z.strictObject({ scheme: ofSecret(inBase64), secret: standardSecret(), tolerance: tolerance(THE_SCHEMES) }),
  z.strictObject({
    scheme: ofSecret((row) => timed(row) && !inBase64(row)),
    secret: secret(),
    tolerance: tolerance(THE_SCHEMES),
  }),
  z.strictObject({ scheme: ofSecret((row) => !timed(row)), secret: secret() }),
  z.strictObject({
    scheme: z.literal('meta'),
    secret: secret(),
    verifyToken: option(oneOrMore(text('a word'), 'a word, or a list of them').optional(), {
      description: 'The word that Meta sends when it subscribes; without it that is refused.',
      secret: true,
    }),
  }),
  z.strictObject({ scheme: ofKey('ed25519'), publicKey: publicKey('ed25519'), tolerance: tolerance(THE_SCHEMES) }),
  z.strictObject({
    scheme: ofKey('ecdsa-p256'),
    publicKey: publicKey('ecdsa-p256'),
    tolerance: tolerance(THE_SCHEMES),
  }),
  z
    .strictObject({
      scheme: z.literal('hmac'),
      secret: secret(),
      algorithm: option(choice(['sha1', 'sha256', 'sha512']).prefault('sha256'), { description: 'The hash.' }),
      ...described,
      signatureField: option(fieldName(), {
        description: 'Where the header is a list such as `t=…,v1=…`: the field of the signature.',
      }),
      timestampField: option(fieldName(), { description: 'The field of the time in that list.' }),
    })
    .superRefine(checkSigned),
  z
    .strictObject({ scheme: z.literal('ed25519'), publicKey: publicKey('ed25519'), ...described })
    .superRefine(checkSigned),
  z.strictObject({
    scheme: z.literal('hmac-sha256'),
    secret: secret(),
    header: header('The header that carries the signature of the raw body.'),
    encoding: option(choice(['hex', 'base64', 'base64url']).prefault('hex'), {
      description: 'How the signature is written.',
    }),
    prefix: prefix(),
  }),
  z.strictObject({
    scheme: z.literal('static-header'),
    header: header('The header that carries the secret itself.'),
    secret: secret(),
  }),
  z.strictObject({
    scheme: z.literal('basic'),
    username: option(
      text('a user name without a colon', (name) => !name.includes(':')),
      {
        description: 'The user that the provider calls as.',
      },
    ),
    password: option(oneOrMore(text('a password'), 'a password, or a list of them while one is being replaced'), {
      description: 'Its password; several while one is being replaced.',
      secret: true,
    }),
  }),
  z.strictObject({ scheme: z.literal('bearer'), secret: secret(text('the token')) }),
])

export function verifyConfigOf(written: z.output<typeof verifyOptions>): VerifyConfig {
  switch (written.scheme) {
    case 'none':
      return written
    case 'basic': {
      const { scheme, username, password } = written
      return { scheme, secrets: password.map((each) => `${username}:${each}`) }
    }
    case 'meta': {
      const { scheme, secret: secrets, verifyToken } = written
      return { scheme, secrets, ...(verifyToken && { verifyTokens: verifyToken }) }
    }
    default: {
      if ('publicKey' in written) {
        const { publicKey: publicKeys, tolerance: toleranceMs, ...rest } = written
        return { ...rest, publicKeys, ...(toleranceMs !== undefined && { toleranceMs }) }
      }
      const { secret: secrets, ...rest } = written
      if (!('tolerance' in rest)) return { ...rest, secrets }
      const { tolerance: toleranceMs, ...others } = rest
      return { ...others, secrets, ...(toleranceMs !== undefined && { toleranceMs }) }
    }
  }
}
