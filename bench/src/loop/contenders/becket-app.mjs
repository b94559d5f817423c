/** The flow in which the application submits itself, with Becket's own client: expect, submit, dispatched, outcome. */
import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { options, serve } from '../../harness/serve.mjs'
import { submit } from './face.mjs'

const { createBecket } = await import(options.client)
const becket = createBecket({ url: options.becketUrl, apiKey: options.apiKey })

const app = Fastify()
app.post('/loop', async ({ body: input }) => {
  const call = await becket.expect({ source: 'studio', operation: 'render', key: randomUUID(), input })
  await call.dispatched(await submit(call.callbackUrl, input))
  const outcome = await call.outcome()
  return outcome.output
})
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
serve({ ready: { origin }, stop: () => app.close() })
