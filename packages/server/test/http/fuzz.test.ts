import { problemSchema } from '@becket/client/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { as, setup } from './setup.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const headerText = fc.stringMatching(/^[\x20-\x7e]{0,40}$/)
// Any text at all as one step of an address: percent-encoded where it can be, as it is where it cannot.
const step = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text)),
  fc.stringMatching(/^[!-~]{1,20}$/),
)
const routes = [
  '/v1/expectations',
  '/v1/expectations/ID',
  '/v1/expectations/ID/settle',
  '/v1/jobs',
  '/v1/documents',
  '/v1/keys',
]

describe('rubbish of any kind', () => {
  it('sent as a callback reaches intake byte for byte, or is refused, and is never a 500', async () => {
    const { app, received } = await setup()
    await fc.assert(
      fc.asyncProperty(bytes, headerText, fc.constantFrom('POST', 'PUT'), async (payload, type, method) => {
        received.length = 0
        const headers = { 'content-type': type }
        const answer = await app.inject({ method, url: '/in/orders', headers, payload })
        expect(answer.statusCode).toBe(200)
        expect(received[0]?.body).toEqual(payload)
      }),
    )
  })

  it('sent to the API is answered with what was asked for or with a problem, and is never a 500', async () => {
    const { app } = await setup()
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
      route: fc.constantFrom(...routes),
      id: step,
      query: fc.oneof(
        fc.constant(''),
        step.map((text) => `?state=${text}&limit=${text}`),
        step.map((text) => `?${text}`),
      ),
      payload: fc.oneof(
        bytes,
        fc.json().map((json) => Buffer.from(json)),
      ),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ method, route, id, query, payload }) => {
        const url = `${route.replace('ID', id)}${query}`
        const headers = { ...as('admin'), 'content-type': 'application/json' }
        const hasBody = method !== 'GET' && method !== 'DELETE'
        const answer = await app.inject({ method, url, headers, ...(hasBody ? { payload } : {}) })
        expect(answer.statusCode, url).not.toBe(500)
        if (answer.statusCode >= 400) expect(problemSchema.safeParse(answer.json()).success, answer.body).toBe(true)
      }),
    )
  })
})
