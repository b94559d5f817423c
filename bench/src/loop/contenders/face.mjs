/**
 * The HTTP that every contender shares which has none of its own: `POST /loop` answers with the result, and
 * `POST /callback/:id` takes what the provider brings. Waiters are woken within the process.
 */
import Fastify from 'fastify'
import { Agent } from 'undici'
import { options, serve } from '../../harness/serve.mjs'

/**
 * `loop(input, face)` answers with the result; `callback(id, body)` returns when it is durable. `begin(origin)` is called
 * once there is an address. `commands` for the starter, among them what `count` needs.
 */
export async function serveLoop({ begin = async () => {}, loop, callback, commands, stop = async () => {} }) {
  const app = Fastify()
  const waiters = new Map()
  app.post('/loop', (request) => loop(request.body))
  app.post('/callback/:id', async (request) => {
    await callback(request.params.id, request.body)
    waiters.get(request.params.id)?.(request.body.result)
    waiters.delete(request.params.id)
    return { ok: true }
  })
  face.origin = await app.listen({ port: 0, host: '127.0.0.1' })
  face.resultOf = (id) => new Promise((resolve) => waiters.set(id, resolve))
  await begin()
  serve({
    ready: { origin: face.origin },
    commands,
    async stop() {
      await app.close()
      await stop()
    },
  })
}

/** Filled when the address is known. */
export const face = {
  origin: '',
  /** Resolves when the callback for `id` was taken. Ask before submitting. */
  resultOf: () => undefined,
  callbackUrl: (id) => `${face.origin}/callback/${id}`,
}

const agent = new Agent({ connections: 256, pipelining: 1, keepAliveTimeout: 60_000 })
const work = new URL(options.workUrl)

/** Hands the work to the provider; answers the provider's id. */
export async function submit(callbackUrl, input) {
  const { statusCode, body } = await agent.request({
    origin: work.origin,
    path: work.pathname,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ callbackUrl, ...input }),
  })
  if (statusCode !== 200) throw new Error(`the provider said ${statusCode}: ${await body.text()}`)
  const { id } = await body.json()
  return id
}
