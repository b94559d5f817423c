/** Vectors that were made here, and by what: those of public keys, and of the schemes that a configuration describes. */
import { createHash, createHmac } from 'node:crypto'
import { BODY, NOW_MS, ORIGIN, type Vector } from './vector.ts'

/** The first key of RFC 8032, section 7.1. */
const ED25519_HEX = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const ED25519_JWKS = '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
const SENDGRID_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfY1efCVnfyczWXAC0OoIdfJy/hOJSdeiSVlJMna1pl6PVKNVs0dDtaHI2Vzgw1crMPkOKj8jg67OO/FzvAL1Dg=='

const SECRETS = ['test-key']
const BY_NODE = 'made with node:crypto'
const hmac = (hash: string, message: string) => createHmac(hash, 'test-key').update(message)

const made: readonly Omit<Vector, 'body' | 'nowMs'>[] = [
  {
    verify: { scheme: 'discord', publicKeys: [ED25519_HEX] },
    headers: {
      'X-Signature-Timestamp': '1700000000',
      'X-Signature-Ed25519':
        'cb541eaf26508153b449bcc3eeedf31d1442ca5b6876d4424e50727d98c6a4ef2267615ebd46becd0025f68021d61330f4a3b248d7ce3c0747394a0835d55905',
    },
    source: 'accepted by discord-interactions 4.4.0, which also runs in the tests',
  },
  {
    verify: { scheme: 'fal', publicKeys: [JSON.stringify(JSON.parse(ED25519_JWKS).keys[0])] },
    headers: {
      'X-Fal-Webhook-Request-Id': 'req-1',
      'X-Fal-Webhook-User-Id': 'user-1',
      'X-Fal-Webhook-Timestamp': '1700000000',
      'X-Fal-Webhook-Signature':
        '3a546f12435190f27319990bf8dea2651e05800eacbfe553c36b384b2bc5413c2d2ff63407006e4a6cc9232d6d3356d77ac9f09d65b74759bccbf6794f1e450e',
    },
    source: 'made with node:crypto after what others publish',
  },
  {
    verify: { scheme: 'sendgrid', publicKeys: [SENDGRID_KEY] },
    headers: {
      'X-Twilio-Email-Event-Webhook-Timestamp': '1700000000',
      'X-Twilio-Email-Event-Webhook-Signature':
        'MEUCIQCJ9SkObikbNU9FNb4uoMRP3G1vj0jIyxRHxrpjOUse4AIgB1Xx5ksFzLzRiYkDEp5W7T3qNj12Wpf9XAGHIEZcVU0=',
    },
    source: 'accepted by @sendgrid/eventwebhook 8.0.0, which also runs in the tests',
  },
  {
    verify: {
      scheme: 'hmac',
      secrets: SECRETS,
      algorithm: 'sha512',
      header: 'X-Sign',
      encoding: 'base64url',
      prefix: 'v2:',
      signed: '{method} {path}\n{header:x-delivery}\n{timestamp}\n{bodySha256}',
      timestampHeader: 'X-Time',
      timestampUnit: 'ms',
    },
    headers: {
      'x-delivery': 'd-1',
      'x-time': '1700000000000',
      'x-sign': `v2:${hmac(
        'sha512',
        `POST /in/orders?x=1\nd-1\n1700000000000\n${createHash('sha256').update(BODY).digest('hex')}`,
      ).digest('base64url')}`,
    },
    url: `${ORIGIN}/in/orders?x=1`,
    source: BY_NODE,
  },
  {
    verify: {
      scheme: 'hmac',
      secrets: SECRETS,
      algorithm: 'sha256',
      header: 'Sync-Signature',
      encoding: 'hex',
      signed: '{timestamp}.{body}',
      signatureField: 'v1',
      timestampField: 't',
    },
    headers: { 'sync-signature': `t=1700000000,v1=${hmac('sha256', `1700000000.${BODY}`).digest('hex')}` },
    source: BY_NODE,
  },
  {
    verify: {
      scheme: 'hmac',
      secrets: SECRETS,
      algorithm: 'sha1',
      header: 'X-Hub-Signature',
      encoding: 'hex',
      prefix: 'sha1=',
      signed: '{body}',
    },
    headers: { 'x-hub-signature': `sha1=${hmac('sha1', BODY).digest('hex')}` },
    source: BY_NODE,
  },
  {
    verify: {
      scheme: 'ed25519',
      publicKeys: [ED25519_HEX],
      header: 'X-Signature',
      encoding: 'base64',
      signed: '{timestamp}|{body}',
      timestampHeader: 'X-Timestamp',
    },
    headers: {
      'x-timestamp': '1700000000',
      'x-signature': 'ua2PCTxIGWHcoeftKbgBGkN9m97SEoZsuLI5wHDY1LoyHb0hJHaOWm63ZA+Hfylw+DGAEtJuTqLuJHYnA7nuBQ==',
    },
    source: `${BY_NODE}, with the first key of RFC 8032`,
  },
  {
    verify: { scheme: 'hmac-sha256', secrets: SECRETS, header: 'X-Signature', encoding: 'hex' },
    headers: { 'x-signature': hmac('sha256', BODY).digest('hex') },
    source: BY_NODE,
  },
  {
    verify: { scheme: 'static-header', secrets: SECRETS, header: 'X-Webhook-Auth' },
    headers: { 'x-webhook-auth': 'test-key' },
    source: 'the secret itself (so do AssemblyAI and many others)',
  },
  {
    verify: { scheme: 'basic', secrets: ['Aladdin:open sesame'] },
    headers: { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    source: 'the example of RFC 7617',
  },
  {
    verify: { scheme: 'bearer', secrets: SECRETS },
    headers: { authorization: 'Bearer test-key' },
    source: 'the secret itself, after RFC 6750',
  },
]

export const keyVectors: readonly Vector[] = made.map((vector) => ({ body: BODY, nowMs: NOW_MS, ...vector }))
