/**
 * Answers the callback self-test, on the way that callbacks come. To whoever has no question signed by this installation,
 * there is nothing here. Keeps nothing and needs no database, so that it tells of the way alone.
 */
import type { FastifyPluginAsync } from 'fastify'
import { AppError } from '../../core/error.ts'
import { SELF_TEST_PATH } from '../../core/self-test.ts'
import type { Intake } from '../../intake/receive.ts'

/** Where bodies come as bytes. `intake` null: this process does not take callbacks. */
export function selfTestRoute(intake: Intake | null): FastifyPluginAsync {
  return async (app) => {
    app.route({
      method: 'POST',
      url: SELF_TEST_PATH,
      schema: { hide: true },
      async handler(request, reply) {
        if (intake === null) throw new AppError('UNAVAILABLE', 'This instance does not take callbacks')
        const answer = Buffer.isBuffer(request.body) ? intake.selfTest(request.body.toString('latin1')) : null
        // As every other address below `/in/` that belongs to no source.
        if (answer === null) throw new AppError('SOURCE_UNKNOWN', `No source takes callbacks at ${SELF_TEST_PATH}`)
        return reply.send({ answer })
      },
    })
  }
}
