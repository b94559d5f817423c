/**
 * Schemes of providers that share a secret with us. To add one, add a row here and vectors in `test/signatures/`; the
 * configuration, its reference and the page of signatures follow. No code: see `scheme.ts` for the words.
 */
import type { Scheme } from './scheme.ts'

// Five minutes: what Standard Webhooks advises; longer than the clocks of two honest machines differ.
const TOLERANCE_MS = 300_000
// The libraries of some providers allow less than this, down to 5 s. A clock that is late by more would lose callbacks,
// and a repetition within a minute is caught as a duplicate.
const SHORTEST_TOLERANCE_MS = 60_000

const brand = (name: string) => ({ id: `${name}-id`, timestamp: `${name}-timestamp`, signature: `${name}-signature` })

const standardWebhooks = (of: string) =>
  ({
    of,
    headers: [brand('webhook'), brand('svix')],
    value: { form: 'list', version: 'v1' },
    encoding: 'base64',
    proof: { kind: 'hmac', hash: 'sha256', key: 'base64' },
    signed: ['{id}.{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  }) satisfies Scheme

const sha256 = { kind: 'hmac', hash: 'sha256' } as const

export const sharedSecretSchemes = {
  'standard-webhooks': standardWebhooks('Standard Webhooks'),
  svix: standardWebhooks('Svix'),
  openai: standardWebhooks('OpenAI'),
  replicate: standardWebhooks('Replicate'),
  llamacloud: {
    of: 'LlamaCloud (LlamaParse)',
    headers: [{ signature: 'lc-signature' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
  },
  elevenlabs: {
    of: 'ElevenLabs',
    headers: [{ signature: 'elevenlabs-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v0', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: 1_800_000 },
  },
  piapi: {
    of: 'PiAPI (GoAPI)',
    headers: [{ signature: 'x-webhook-secret' }],
    value: { form: 'whole' },
    encoding: 'text',
    proof: { kind: 'equal' },
    signed: [],
  },
  stripe: {
    of: 'Stripe',
    headers: [{ signature: 'stripe-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v1', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  },
  github: {
    of: 'GitHub',
    headers: [{ signature: 'x-hub-signature-256' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
  },
  slack: {
    of: 'Slack',
    headers: [{ signature: 'x-slack-signature', timestamp: 'x-slack-request-timestamp' }],
    value: { form: 'whole', prefix: 'v0=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['v0:{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  },
  shopify: {
    of: 'Shopify',
    headers: [{ signature: 'x-shopify-hmac-sha256' }, { signature: 'shopify-hmac-sha256' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{body}'],
  },
  mux: {
    of: 'Mux',
    headers: [{ signature: 'mux-signature' }],
    value: { form: 'fields', separator: ',', signature: 'v1', timestamp: 't' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}.{body}'],
    time: { unit: 's', toleranceMs: TOLERANCE_MS },
  },
  paddle: {
    of: 'Paddle',
    headers: [{ signature: 'paddle-signature' }],
    value: { form: 'fields', separator: ';', signature: 'h1', timestamp: 'ts' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: SHORTEST_TOLERANCE_MS },
  },
  linear: {
    of: 'Linear',
    headers: [{ signature: 'linear-signature' }],
    value: { form: 'whole' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
    time: { unit: 'ms', toleranceMs: SHORTEST_TOLERANCE_MS, bodyField: 'webhookTimestamp' },
  },
  zoom: {
    of: 'Zoom',
    headers: [{ signature: 'x-zm-signature', timestamp: 'x-zm-request-timestamp' }],
    value: { form: 'whole', prefix: 'v0=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['v0:{timestamp}:{body}'],
    time: { unit: 's', toleranceMs: null },
    untried: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
  },
  twilio: {
    of: 'Twilio',
    headers: [{ signature: 'x-twilio-signature' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: { kind: 'hmac', hash: 'sha1' },
    // Some of its services sign the URL with the port that a URL usually leaves out.
    signed: ['{urlWithoutPort}{form}', '{urlWithPort}{form}'],
  },
  hubspot: {
    of: 'HubSpot (v3)',
    headers: [{ signature: 'x-hubspot-signature-v3', timestamp: 'x-hubspot-request-timestamp' }],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{method}{url}{body}{timestamp}', '{method}{urlDecoded}{body}{timestamp}'],
    time: { unit: 'ms', toleranceMs: TOLERANCE_MS },
    untried: 'which percent-encoded characters of the URL are decoded before it is signed; both forms are accepted',
  },
  meta: {
    of: 'Meta (Facebook, Instagram, WhatsApp)',
    headers: [{ signature: 'x-hub-signature-256' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'hex',
    proof: sha256,
    signed: ['{body}'],
  },
  twitter: {
    of: 'X (Twitter)',
    headers: [{ signature: 'x-twitter-webhooks-signature' }],
    value: { form: 'whole', prefix: 'sha256=' },
    encoding: 'base64',
    proof: sha256,
    signed: ['{body}'],
    untried: 'all of it: built from what the provider publishes',
  },
} as const satisfies Record<string, Scheme>
