/**
 * Schemes of providers that sign with a key of their own, whose public half we are given. The same rules as in
 * `shared-secret-schemes.ts`. Keys stand in the configuration: nothing is fetched while a callback waits for its answer.
 */
import type { ProviderScheme } from './scheme.ts'

export const publicKeySchemes = {
  discord: {
    of: 'Discord',
    basis: 'library',
    headers: [{ signature: 'x-signature-ed25519', timestamp: 'x-signature-timestamp' }],
    value: { form: 'whole' },
    encoding: 'hex',
    proof: { kind: 'ed25519' },
    signed: ['{timestamp}{body}'],
    time: { unit: 's', toleranceMs: null },
    unknown: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
    handshake: 'A signed PING gets a PONG (interactions), or 204 (webhook events).',
  },
  fal: {
    of: 'fal',
    basis: 'hearsay',
    headers: [
      {
        id: 'x-fal-webhook-request-id',
        user: 'x-fal-webhook-user-id',
        timestamp: 'x-fal-webhook-timestamp',
        signature: 'x-fal-webhook-signature',
      },
    ],
    value: { form: 'whole' },
    encoding: 'hex',
    proof: { kind: 'ed25519' },
    signed: ['{id}\n{user}\n{timestamp}\n{bodySha256}'],
    time: { unit: 's', toleranceMs: 300_000 },
  },
  sendgrid: {
    of: 'SendGrid',
    basis: 'library',
    headers: [
      {
        signature: 'x-twilio-email-event-webhook-signature',
        timestamp: 'x-twilio-email-event-webhook-timestamp',
      },
    ],
    value: { form: 'whole' },
    encoding: 'base64',
    proof: { kind: 'ecdsa-p256' },
    signed: ['{timestamp}{body}'],
    time: { unit: 's', toleranceMs: null },
    unknown: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
  },
} as const satisfies Record<string, ProviderScheme>
