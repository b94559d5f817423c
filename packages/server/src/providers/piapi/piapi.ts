/**
 * PiAPI (formerly GoAPI): models of many makers behind one interface of tasks. A task is named by the id that PiAPI gives it;
 * there is no look-up by an id of ours. Its operations are named by whoever uses it, since each model takes its own time.
 */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { text } from '../../config/scalar.ts'
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { checkTask, unauthorizedAdvice } from './check.ts'
import { submitTask } from './submit.ts'
import { readCallback } from './task.ts'

const piApiOptions = z.strictObject({
  webhookSecret: option(text('a secret').optional(), {
    description: 'Sent along with each task; PiAPI repeats it in `x-webhook-secret` when it calls back.',
    secret: true,
  }),
})

type PiApiOptions = z.output<typeof piApiOptions>

const MINUTE = 60_000

export const piApi: Provider<PiApiOptions> = {
  name: 'piapi',
  options: piApiOptions,
  operations: {
    // Images take seconds, videos minutes, and the cheap queues hours. A repeat is paid for again, so it is asked for.
    '*': { expectWithinMs: 10 * MINUTE, deadlineMs: 24 * 60 * MINUTE, resubmit: 'ask' },
  },
  baseUrl: () => 'https://api.piapi.ai',
  credentials: (apiKey) => ({ header: 'X-API-Key', value: apiKey }),
  verify: ({ webhookSecret }) => (webhookSecret === undefined ? null : { scheme: 'piapi', secret: webhookSecret }),
  sample: ({ externalId, atMs }) => ({
    timestamp: Math.floor(atMs / 1000),
    data: {
      task_id: externalId,
      status: 'completed',
      output: { video_url: `https://files.example.org/${externalId}.mp4` },
      error: { code: 0, message: '' },
    },
  }),
  create({ options, outbound }) {
    return {
      submit: (request, signal) => submitTask(outbound, options.webhookSecret, request, signal),
      read: readCallback,
      check: (expected, signal) => checkTask(outbound, expected, signal),
      ping: (signal) => pingKey(outbound, { path: '/account/info', advice: unauthorizedAdvice }, signal),
    }
  },
}
