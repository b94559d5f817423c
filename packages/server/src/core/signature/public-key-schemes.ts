/**
 * Schemes of providers that sign with a key of their own, whose public half we are given. The same rules as in
 * `shared-secret-schemes.ts`. Keys stand in the configuration: nothing is fetched while a callback waits for its answer.
 */
import type { Scheme } from './scheme.ts'

export const publicKeySchemes = {
  discord: {
    of: 'Discord',
    headers: [{ signature: 'x-signature-ed25519', timestamp: 'x-signature-timestamp' }],
    value: { form: 'whole' },
    encoding: 'hex',
    proof: { kind: 'ed25519' },
    signed: ['{timestamp}{body}'],
    time: { unit: 's', toleranceMs: null },
    untried: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
  },
  fal: {
    of: 'fal',
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
    untried: 'all of it: built from what third parties publish',
  },
  sendgrid: {
    of: 'SendGrid',
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
    untried: 'whether a retry is signed anew, so no age is enforced unless `tolerance` says one',
  },
} as const satisfies Record<string, Scheme>
