/** What no intake can beat: a Fastify route that reads the body, throws it away and answers. Keeps nothing. */
import Fastify from 'fastify'
import { serve } from '../harness/serve.mjs'

const app = Fastify({ bodyLimit: 10 * 1_048_576 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/webhook/:id', async () => ({ received: true }))

await app.listen({ host: '127.0.0.1', port: 0 })
serve({ ready: { origin: `http://127.0.0.1:${app.server.address().port}` }, stop: () => app.close() })
