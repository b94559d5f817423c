/** OpenAI's embeddings, or any server that speaks them. Answers at once: no callback, no job to ask about. */
import { z } from 'zod'
import type { Provider } from '../provider.ts'
import { embed } from './embed.ts'

const openAiOptions = z.strictObject({})

export const openAi: Provider<z.output<typeof openAiOptions>> = {
  name: 'openai',
  options: openAiOptions,
  operations: {
    // The answer is the outcome; an hour lets a rate limit pass.
    embed: { expectWithinMs: 60_000, deadlineMs: 60 * 60_000, resubmit: 'safe' },
  },
  baseUrl: () => 'https://api.openai.com',
  create({ outbound }) {
    return {
      submit: (request, signal) => embed(outbound, request, signal),
      read: () => ({ kind: 'unreadable', reason: 'embeddings are answered at once: no callback is known here' }),
    }
  },
}
