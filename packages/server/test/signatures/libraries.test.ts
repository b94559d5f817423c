/** The official libraries sign or judge, and ours agrees: for any body, any key, and any change to what was signed. */
import { generateKeyPairSync, sign as signWith } from 'node:crypto'
import { sign as signForGithub, verify as verifyForGithub } from '@octokit/webhooks-methods'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { verifyKey } from 'discord-interactions'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { verifySignature } from '../../src/core/signature/judge.ts'
import { NOW_MS, requestWith, type Vector } from './vector.ts'

// Text, since that is what the libraries take; with characters of two, three and four bytes.
const bodies = fc.string({ unit: fc.constantFrom(...'{}[]":,.0a é√😀\r\n'), minLength: 1, maxLength: 60 })
const keys = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_/+é'), minLength: 1, maxLength: 40 })
const seconds = String(NOW_MS / 1000)

function isVerified(verify: Vector['verify'], body: string, headers: Record<string, string>, nowMs = NOW_MS): boolean {
  const request = requestWith({ body }, Object.entries(headers))
  return verifySignature(verify, request, nowMs).verdict === 'verified'
}

/** The same body with one letter changed; never the same. */
function altered(body: string, pick: number): string {
  const letters = [...body]
  const at = pick % letters.length
  return letters.map((letter, index) => (index === at ? (letter === 'x' ? 'y' : 'x') : letter)).join('')
}

it('verifies what standardwebhooks signs, and nothing that differs', () => {
  fc.assert(
    fc.property(bodies, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (body, key, pick) => {
      const secret = Buffer.from(key).toString('base64')
      const signature = new Webhook(secret).sign('msg_1', new Date(NOW_MS), body)
      const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': seconds, 'webhook-signature': signature }
      expect(isVerified({ scheme: 'standard-webhooks', secrets: [secret] }, body, headers)).toBe(true)
      expect(isVerified({ scheme: 'openai', secrets: [secret] }, altered(body, pick), headers)).toBe(false)
    }),
  )
})

it('verifies what stripe signs, and judges every age as stripe does', () => {
  const { webhooks } = new Stripe('test-key')
  fc.assert(
    fc.property(bodies, keys, fc.nat(), fc.integer({ min: 0, max: 700 }), (body, secret, pick, ageSeconds) => {
      const payload = JSON.stringify({ body })
      const signed = webhooks.generateTestHeaderString({ payload, secret, timestamp: NOW_MS / 1000 })
      const headers = { 'stripe-signature': signed }
      const receivedAt = NOW_MS + ageSeconds * 1000
      const accepts = () => webhooks.constructEvent(payload, signed, secret, 300, undefined, receivedAt)
      const verify = { scheme: 'stripe' as const, secrets: ['other-key', secret] }
      if (isVerified(verify, payload, headers, receivedAt)) expect(accepts).not.toThrow()
      else expect(accepts).toThrow()
      expect(isVerified(verify, payload, headers)).toBe(true)
      expect(isVerified(verify, altered(payload, pick), headers)).toBe(false)
    }),
  )
})

it('verifies what @octokit/webhooks-methods signs, and agrees on what it refuses', async () => {
  await fc.assert(
    fc.asyncProperty(bodies, keys, fc.nat(), async (body, secret, pick) => {
      const signed = await signForGithub(secret, body)
      const headers = { 'x-hub-signature-256': signed }
      const other = altered(body, pick)
      expect(isVerified({ scheme: 'github', secrets: [secret] }, body, headers)).toBe(true)
      expect(await verifyForGithub(secret, other, signed)).toBe(false)
      expect(isVerified({ scheme: 'github', secrets: [secret] }, other, headers)).toBe(false)
    }),
  )
})

it('agrees with discord-interactions on every signature', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const hex = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  await fc.assert(
    fc.asyncProperty(bodies, fc.boolean(), fc.nat(), async (body, isAltered, pick) => {
      const signature = signWith(null, Buffer.from(seconds + body), privateKey).toString('hex')
      const received = isAltered ? altered(body, pick) : body
      const headers = { 'x-signature-ed25519': signature, 'x-signature-timestamp': seconds }
      const ours = isVerified({ scheme: 'discord', publicKeys: [hex] }, received, headers)
      expect(ours).toBe(await verifyKey(received, signature, seconds, hex))
      expect(ours).toBe(!isAltered)
    }),
    { numRuns: 50 },
  )
})

it('agrees with @sendgrid/eventwebhook on every signature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const library = new EventWebhook()
  const libraryKey = library.convertPublicKeyToECDSA(spki)
  fc.assert(
    fc.property(bodies, fc.boolean(), fc.nat(), (body, isAltered, pick) => {
      const signature = signWith('sha256', Buffer.from(seconds + body), privateKey).toString('base64')
      const received = isAltered ? altered(body, pick) : body
      const headers = {
        'x-twilio-email-event-webhook-signature': signature,
        'x-twilio-email-event-webhook-timestamp': seconds,
      }
      const ours = isVerified({ scheme: 'sendgrid', publicKeys: [spki] }, received, headers)
      expect(ours).toBe(library.verifySignature(libraryKey, received, signature, seconds))
      expect(ours).toBe(!isAltered)
    }),
    // Its arithmetic is done in JavaScript: 10 ms each.
    { numRuns: 20 },
  )
})

it('refuses a signature of no meaning instead of failing on it', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const signature = Buffer.from(bytes)
      const headers = {
        'x-twilio-email-event-webhook-signature': signature.toString('base64'),
        'x-twilio-email-event-webhook-timestamp': seconds,
        'x-signature-ed25519': signature.toString('hex'),
        'x-signature-timestamp': seconds,
      }
      expect(isVerified({ scheme: 'sendgrid', publicKeys: [publicKey] }, 'x', headers)).toBe(false)
      expect(isVerified({ scheme: 'discord', publicKeys: ['ab'.repeat(32)] }, 'x', headers)).toBe(false)
    }),
  )
})
