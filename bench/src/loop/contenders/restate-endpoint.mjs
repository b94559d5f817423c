/** The handler that Restate calls: an awakeable, a durable step that submits, and the wait for the callback. */
import * as restate from '@restatedev/restate-sdk'
import { options, serve } from '../../harness/serve.mjs'
import { submit } from './face.mjs'

const loop = restate.service({
  name: 'loop',
  handlers: {
    async run(context, input) {
      const { id, promise } = context.awakeable()
      await context.run('submit', () => submit(`${options.ingress}/restate/awakeables/${id}/resolve`, input))
      const { result } = await promise
      return result
    },
  },
})

await restate.serve({ services: [loop], port: options.port })
serve({ ready: { origin: `http://127.0.0.1:${options.port}` } })
