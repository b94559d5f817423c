/**
 * Schemes of providers that share a secret with us. To add one, add a row here and vectors in `test/signatures/`; the
 * configuration, its reference and the page of signatures follow. No code: see `scheme.ts` for the words.
 */
import type { ProviderScheme } from './scheme.ts'

// Five minutes: what Standard Webhooks advises; longer than the clocks of two honest machines differ.
const TOLERANCE_MS = 300_000
// The libraries of some providers allow less than this, down to 5 s. A clock that is late by more would lose callbacks,
// and a repetition within a minute is caught as a duplicate.
const SHORTEST_TOLERANCE_MS = 60_000

const brand = (name: string) => ({ id: `${name}-id`, timestamp: `${name}-timestamp`, signature: `${name}-signature` })

const standardWebhooks = (of: string) =>
  ({
    of,
    basis: 'library',
    headers: [brand('webhook'), brand('svix')],
    value: { form: 'list', version: 'v1' },
    encoding: 'base64',
    proof: { kind: 'hmac', hash: 'sha256', key: 'base64' },
    signed: ['{id}.{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  }) satisfies ProviderScheme

const sha256 = { kind: 'hmac', hash: 'sha256' } as const

export const sharedSecretSchemes = {
  'standard-webhooks': standardWebhooks('Standard Webhooks'),
  svix: standardWebhooks('Svix'),
  openai: standardWebhooks('OpenAI'),
  replicate: standardWebhooks('Replicate'),
  llamacloud: {
    of: 'LlamaCloud (LlamaParse)',
    basis: 'documentation',
    headers: [{ signature: 'lc-signature' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
  },
  elevenlabs: {
    of: 'ElevenLabs',
    basis: 'library',
    headers: [{ signature: 'elevenlabs-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v0', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: 1_800_000 },
  },
  piapi: {
    of: 'PiAPI (GoAPI)',
    basis: 'documentation',
    headers: [{ signature: 'x-webhook-secret' }],
    value: { form: 'whole' },
    encoding: 'text',
    proof: { kind: 'equal' },
    signed: [],
  },
  stripe: {
    of: 'Stripe',
    basis: 'library',
    headers: [{ signature: 'stripe-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v1', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  },
  github: {
    of: 'GitHub',
    basis: 'library',
    headers: [{ signature: 'x-hub-signature-256' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
  },
  slack: {
    of: 'Slack',
    basis: 'library',
    headers: [{ signature: 'x-slack-signature', timestamp: 'x-slack-request-timestamp' }],
    value: { form: 'whole', prefix: 'v0=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['v0:{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
    handshake: 'A signed `url_verification` gets its `challenge` back.',
  },
  shopify: {
    of: 'Shopify',
    basis: 'library',
    headers: [{ signature: 'x-shopify-hmac-sha256' }, { signature: 'shopify-hmac-sha256' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{body}'],
  },
  mux: {
    of: 'Mux',
    basis: 'library',
    headers: [{ signature: 'mux-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v1', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  },
  paddle: {
    of: 'Paddle',
    basis: 'library',
    headers: [{ signature: 'paddle-signature' }],
    value: { form: 'fields', separator: ';', signature: 'h1', timestamp: 'ts' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: SHORTEST_TOLERANCE_MS },
  },
  linear: {
    of: 'Linear',
    basis: 'library',
    headers: [{ signature: 'linear-signature' }],
    value: { form: 'whole' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
    time: { unit: 'ms', toleranceMs: SHORTEST_TOLERANCE_MS, bodyField: 'webhookTimestamp' },
  },
  zoom: {
    of: 'Zoom',
    basis: 'documentation',
    headers: [{ signature: 'x-zm-signature', timestamp: 'x-zm-request-timestamp' }],
    value: { form: 'whole', prefix: 'v0=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['v0:{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: null },
    unknown: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
    handshake: 'A signed `endpoint.url_validation` gets its `plainToken` back, with the HMAC of it.',
  },
  twilio: {
    of: 'Twilio',
    basis: 'library',
    headers: [{ signature: 'x-twilio-signature' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: { kind: 'hmac', hash: 'sha1' },
    // Some of its services sign the URL with the port that a URL usually leaves out.
    signed: ['{urlWithoutPort}{form}', '{urlWithPort}{form}'],
  },
  hubspot: {
    of: 'HubSpot (v3)',
    basis: 'library',
    headers: [{ signature: 'x-hubspot-signature-v3', timestamp: 'x-hubspot-request-timestamp' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{method}{url}{body}{timestamp}', '{method}{urlDecoded}{body}{timestamp}'],
    time: { unit: 'ms', toleranceMs: TOLERANCE_MS },
    unknown: 'which percent-encoded characters of the URL are decoded before it is signed; both forms are accepted',
  },
  meta: {
    of: 'Meta (Facebook, Instagram, WhatsApp)',
    basis: 'documentation',
    headers: [{ signature: 'x-hub-signature-256' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
    handshake: 'A GET with `hub.mode=subscribe` gets its `hub.challenge` back if it knows the `verifyToken`.',
  },
  twitter: {
    of: 'X (Twitter)',
    basis: 'documentation',
    headers: [{ signature: 'x-twitter-webhooks-signature' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{body}'],
    handshake: 'A GET with `crc_token` gets the HMAC of it back.',
  },
} as const satisfies Record<string, ProviderScheme>
