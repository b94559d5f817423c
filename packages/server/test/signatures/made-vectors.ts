/** Vectors that were made here, and by what; those of shared secrets. */
import { BODY, NOW_MS, ORIGIN, type Vector } from './vector.ts'

const SECRETS = ['test-key']
const STANDARD_SECRETS = ['dGVzdC1rZXktb2YtdGhlLW9yZGVycy1zb3VyY2U=']
/** HMAC-SHA256 of `1700000000.` and the body. */
const OVER_TIME_AND_BODY = '827cb898c2a6fe5bb1a8ef7be06a54054a1f0cda60414dbe05a5c2d57b2cac8c'
/** HMAC-SHA256 of the body. */
const OVER_BODY = '3a2399d109a68ee0d690a5b9ea6dc7d28769b09b8b2fac36096d2238781aee1f'
const OVER_BODY_BASE64 = 'OiOZ0QmmjuDWkKW56m3H0odpsJuLL6w2CW0iOHga7h8='
const BY_NODE = 'made with node:crypto after its documentation'

const standardHeaders = {
  'webhook-id': 'wh_1',
  'webhook-timestamp': '1700000000',
  'webhook-signature': 'v1,UR+aFRfGMKjDto3Q/PQxlBUW3BWl8i9CEChqaAqpVY8=',
}

const twilioForm = {
  url: `${ORIGIN}/in/calls?x=1`,
  body: 'To=%2B15550100&Body=Gr%C3%BC%C3%9Fe+%26+so&From=%2B15550101&Media=b&Media=a&Media=b',
}

type Made = Omit<Vector, 'body' | 'nowMs'> & { body?: string }

const made: readonly Made[] = [
  {
    verify: { scheme: 'openai', secrets: STANDARD_SECRETS },
    headers: standardHeaders,
    source: 'accepted by openai 6.49.0',
  },
  {
    verify: { scheme: 'replicate', secrets: STANDARD_SECRETS },
    headers: standardHeaders,
    source: 'accepted by replicate 1.4.0',
  },
  {
    verify: { scheme: 'llamacloud', secrets: SECRETS },
    headers: { 'LC-Signature': `sha256=${OVER_BODY}` },
    source: BY_NODE,
  },
  {
    verify: { scheme: 'elevenlabs', secrets: SECRETS },
    headers: { 'ElevenLabs-Signature': `t=1700000000,v0=${OVER_TIME_AND_BODY}` },
    source: 'accepted by @elevenlabs/elevenlabs-js 2.73.0',
  },
  {
    verify: { scheme: 'piapi', secrets: SECRETS },
    headers: { 'x-webhook-secret': 'test-key' },
    source: 'the secret itself, after its documentation',
  },
  {
    verify: { scheme: 'stripe', secrets: SECRETS },
    headers: { 'Stripe-Signature': `t=1700000000,v1=${OVER_TIME_AND_BODY}` },
    source: 'made by stripe 23.1.0, which also runs in the tests',
  },
  {
    verify: { scheme: 'github', secrets: SECRETS },
    headers: { 'X-Hub-Signature-256': `sha256=${OVER_BODY}` },
    source: 'made by @octokit/webhooks-methods 6.0.0, which also runs in the tests',
  },
  {
    verify: { scheme: 'slack', secrets: SECRETS },
    headers: {
      'X-Slack-Request-Timestamp': '1700000000',
      'X-Slack-Signature': 'v0=1df4c3ac49867c00612d50a540ea644cc940799fa6c2e03099b4fa3c94dd8111',
    },
    source: 'accepted by @slack/bolt 5.1.0',
  },
  {
    verify: { scheme: 'shopify', secrets: SECRETS },
    headers: { 'X-Shopify-Hmac-SHA256': OVER_BODY_BASE64 },
    source: 'accepted by @shopify/shopify-api 13.1.0',
  },
  {
    verify: { scheme: 'mux', secrets: SECRETS },
    headers: { 'Mux-Signature': `t=1700000000,v1=${OVER_TIME_AND_BODY}` },
    source: 'accepted by @mux/mux-node 15.3.0',
  },
  {
    verify: { scheme: 'paddle', secrets: SECRETS },
    headers: {
      'Paddle-Signature': 'ts=1700000000;h1=a01a836c91200b7445c133143468d1d3ab17f7081c1e3c8376d3106aaa1e7fc9',
    },
    source: 'accepted by @paddle/paddle-node-sdk 3.10.0',
  },
  {
    verify: { scheme: 'linear', secrets: SECRETS },
    headers: { 'linear-signature': '5cf57b868f132e2a96bb099a2e1e8404819019a39d708322f772755f51352fc6' },
    body: '{"action":"create","type":"Issue","webhookTimestamp":1700000000000}',
    source: 'accepted by @linear/sdk 98.0.0',
  },
  {
    verify: { scheme: 'zoom', secrets: SECRETS },
    headers: {
      'x-zm-request-timestamp': '1700000000',
      'x-zm-signature': 'v0=1df4c3ac49867c00612d50a540ea644cc940799fa6c2e03099b4fa3c94dd8111',
    },
    source: BY_NODE,
  },
  {
    verify: { scheme: 'twilio', secrets: SECRETS },
    headers: {
      'X-Twilio-Signature': 'kPU5rRIoYzFvhKbQmlCHOjWne2U=',
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    },
    ...twilioForm,
    source: 'made by twilio 6.2.0: a form',
  },
  {
    verify: { scheme: 'twilio', secrets: SECRETS },
    headers: {
      'X-Twilio-Signature': 'fx2zWWeSly3pL+LEWc+32CGWnDU=',
      'content-type': 'application/x-www-form-urlencoded',
    },
    ...twilioForm,
    source: 'made by twilio 6.2.0: the URL with its port',
  },
  {
    verify: { scheme: 'twilio', secrets: SECRETS },
    headers: { 'X-Twilio-Signature': 'x61owPpl7XuxQP4E0dvUd0vyOFE=', 'content-type': 'application/json' },
    url: `${ORIGIN}/in/calls?x=1&bodySHA256=374b9905eab67d0cba329072e65f0092a6be2d8b6ad6bf668dff6217c794b36e`,
    source: 'made by twilio 6.2.0: JSON',
  },
  {
    verify: { scheme: 'hubspot', secrets: SECRETS },
    headers: {
      'X-HubSpot-Request-Timestamp': '1700000000000',
      'X-HubSpot-Signature-v3': 'PVeUjJpwVLE0bUeVzWttfNaqmWPPLqHl+oPqSAnu3Kw=',
    },
    url: `${ORIGIN}/in/crm?x=1`,
    source: 'made by @hubspot/api-client 13.5.0',
  },
  {
    verify: { scheme: 'meta', secrets: SECRETS },
    headers: { 'X-Hub-Signature-256': `sha256=${OVER_BODY}` },
    source: BY_NODE,
  },
  {
    verify: { scheme: 'twitter', secrets: SECRETS },
    headers: { 'x-twitter-webhooks-signature': `sha256=${OVER_BODY_BASE64}` },
    source: BY_NODE,
  },
]

export const madeVectors: readonly Vector[] = made.map((vector) => ({ body: BODY, nowMs: NOW_MS, ...vector }))
