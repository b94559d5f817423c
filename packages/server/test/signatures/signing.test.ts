/** What Becket signs for a rehearsal, the providers' own libraries take for genuine: ours do not only agree with themselves. */
import { verify as verifyForGithub } from '@octokit/webhooks-methods'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { signCallback } from '../../src/core/signature/sign.ts'
import type { VerifyConfig } from '../../src/core/signature/verify-config.ts'

const SECRET = Buffer.from('test-key-of-the-source').toString('base64')
const bodies = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value))

function headersOf(verify: VerifyConfig, body: string, nowMs = Date.now()): Record<string, string> {
  const callback = { method: 'POST', url: 'https://becket.example.org/in/x', headers: {}, body: Buffer.from(body) }
  const signed = signCallback(verify, callback, { nowMs, id: 'msg_1' })
  if (signed.kind !== 'signed') throw new Error(JSON.stringify(signed))
  return signed.headers
}

it('standardwebhooks takes what is signed by Standard Webhooks', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const headers = headersOf({ scheme: 'standard-webhooks', secrets: [SECRET] }, body)
      expect(() => new Webhook(SECRET).verify(body, headers)).not.toThrow()
      expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow()
    }),
    { numRuns: 30 },
  )
})

it('stripe takes what is signed by its scheme', () => {
  const { webhooks } = new Stripe('test-key')
  fc.assert(
    fc.property(bodies, (body) => {
      const { 'stripe-signature': signature = '' } = headersOf({ scheme: 'stripe', secrets: ['test-key'] }, body)
      expect(() => webhooks.constructEvent(body, signature, 'test-key')).not.toThrow()
      expect(() => webhooks.constructEvent(body, signature, 'other-key')).toThrow()
    }),
    { numRuns: 30 },
  )
})

it('@octokit/webhooks-methods takes what is signed by the scheme of GitHub', async () => {
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const headers = headersOf({ scheme: 'github', secrets: ['test-key'] }, body)
      const signature = headers['x-hub-signature-256'] ?? ''
      expect(await verifyForGithub('test-key', body, signature)).toBe(true)
      expect(await verifyForGithub('other-key', body, signature)).toBe(false)
    }),
    { numRuns: 30 },
  )
})
