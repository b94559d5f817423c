/** LlamaParse against the stand-in that speaks its whole wire format, faults included. */
import { createHmac } from 'node:crypto'
import { createLlamaParse, type LlamaParse } from '@becket/rehearsal'
import { describe, expect, test } from 'vitest'
import { verifySignature } from '../../src/core/signature/judge.ts'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import type { InboundCallback } from '../../src/providers/provider.ts'
import { createBench, expected, parseRequest, signal } from './bench.ts'

const bench = createBench()

describe('against the stand-in', () => {
  const twoPages = Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n' +
      '4 0 obj<</Length 44>>stream\nBT /F1 24 Tf 20 200 Td (Becket lands it) Tj ET\nendstream endobj\n' +
      '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n',
  )

  async function rehearse(api: 'v1' | 'v2', faults: Parameters<LlamaParse['setFaults']>[0] = {}) {
    const standIn = createLlamaParse({ environment: 'test', seed: 1, faults, timeScale: 0.01 })
    bench.onEnd(() => standIn.stop())
    const { baseUrl, apiKey, webhookSecret } = await standIn.start()
    let arrived: (callback: InboundCallback) => void = () => undefined
    const callback = new Promise<InboundCallback>((resolve) => {
      arrived = resolve
    })
    const receiver = await bench.fake((app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
      app.post<{ Body: Buffer }>('/in', async ({ headers, body }) => {
        const single = Object.entries(headers).map(([name, value]) => [name, String(value)])
        arrived({ method: 'POST', headers: Object.fromEntries(single), body, hints: {} })
        return {}
      })
    })
    const options = api === 'v1' ? { api } : { api, webhookSecret }
    const source = bench.source(llamaParse, { baseUrl, options, apiKey })
    const file = { content: twoPages, filename: 'a.pdf', mime: 'application/pdf' }
    const answer = await source.submit?.({ ...parseRequest, file, callbackUrl: `${receiver.baseUrl}/in` }, signal)
    return { answer, callback, source, webhookSecret }
  }

  test('v1 parses, and its callback brings the text', async () => {
    const { answer, callback, source } = await rehearse('v1')
    expect(answer).toMatchObject({ kind: 'accepted', externalId: expect.any(String) })
    expect(source.read(await callback)).toMatchObject({
      externalId: null,
      outcome: { output: { markdown: expect.stringContaining('Becket lands it') } },
    })
  })

  test.each(['v1', 'v2'] as const)(
    '%s: check, artifact and collect find what the callback would have brought',
    async (api) => {
      const { answer, callback, source } = await rehearse(api)
      await callback
      if (answer?.kind !== 'accepted') throw new Error(`the upload was ${answer?.kind}`)
      const job = { ...expected, externalId: answer.externalId }
      const ref = { ref: answer.externalId }
      expect(await source.check?.(job, signal)).toEqual({
        kind: 'outcome',
        outcome: { verdict: 'succeeded', output: ref },
      })
      const markdown = expect.stringContaining('Becket lands it')
      expect(await source.collect?.(job, ref, signal)).toMatchObject({ kind: 'collected', output: { markdown } })
      expect(await source.artifact?.(job, signal)).toMatchObject({ kind: 'found', output: { markdown } })
      expect(await source.check?.({ ...job, externalId: 'unknown' }, signal)).toEqual({ kind: 'missing' })
    },
  )

  test.each([{}, { listShape: 1 }, { stringified: 1 }, { otherStatusWord: 1 }, { listShape: 1, stringified: 1 }])(
    'v2 with %j: the callback is signed as we verify it, and names its job',
    async (faults) => {
      const { answer, callback, source, webhookSecret } = await rehearse('v2', faults)
      if (answer?.kind !== 'accepted') throw new Error(`the upload was ${answer?.kind}`)
      const inbound = await callback
      const written = llamaParse.verify?.(llamaParse.options.parse({ webhookSecret }))
      expect(written).toEqual({
        scheme: 'hmac-sha256',
        secret: webhookSecret,
        header: 'LC-Signature',
        encoding: 'hex',
        prefix: 'sha256=',
      })
      const verdict = verifySignature(
        { scheme: 'hmac-sha256', secrets: [webhookSecret], header: 'LC-Signature', encoding: 'hex', prefix: 'sha256=' },
        { ...inbound, url: 'http://127.0.0.1/in', rawHeaders: Object.entries(inbound.headers) },
        Date.now(),
      )
      expect(verdict).toEqual({ verdict: 'verified' })
      expect(inbound.headers['lc-signature']).toBe(
        `sha256=${createHmac('sha256', webhookSecret).update(inbound.body).digest('hex')}`,
      )
      expect(source.read(inbound)).toMatchObject({
        kind: 'outcome',
        externalId: answer.externalId,
        outcome: { verdict: 'succeeded', output: { ref: answer.externalId } },
      })
      expect(source.eventId?.(inbound)).toEqual(inbound.headers['x-webhook-event-id'])
    },
  )

  test.each(['v1', 'v2'] as const)('%s that answers at once', async (api) => {
    const { answer } = await rehearse(api, { synchronous: 1 })
    expect(answer).toMatchObject({
      kind: 'answered',
      outcome: { verdict: 'succeeded', output: { markdown: expect.stringContaining('Becket lands it') } },
    })
  })

  test.each(['v1', 'v2'] as const)('%s that is overloaded, fails, or forgets the id', async (api) => {
    const refused = { kind: 'refused', error: { retryable: true }, retryAfterMs: 2000 }
    expect((await rehearse(api, { rateLimited: { rate: 1, retryAfterSec: 2 } })).answer).toMatchObject(refused)
    expect((await rehearse(api, { serverError: 1 })).answer).toMatchObject({ kind: 'unclear' })
    const noId = { rate: 1, where: 'answer' as const }
    expect((await rehearse(api, { nullId: noId })).answer).toMatchObject({ kind: 'unclear' })
    expect((await rehearse(api, { missingId: noId })).answer).toMatchObject({ kind: 'unclear' })
  })
})
