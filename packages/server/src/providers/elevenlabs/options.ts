/** What an ElevenLabs source may say beside the options that every source has. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { text } from '../../config/scalar.ts'

export const elevenLabsOptions = z.strictObject({
  model: option(text('the name of a model').prefault('scribe_v2'), {
    description: 'The model that listens, where the input names none.',
  }),
  webhookId: option(text('the id of a webhook').optional(), {
    description: 'The webhook of the workspace that transcripts are sent to.',
    absent: 'all that are subscribed to transcripts',
  }),
  webhookSecret: option(text('a secret').optional(), {
    description: 'The secret of that webhook, as ElevenLabs shows it once; callbacks then have to be signed with it.',
    secret: true,
  }),
})

export type ElevenLabsOptions = z.output<typeof elevenLabsOptions>

export const unauthorizedAdvice = {
  unauthorized: "Check the source's `apiKey`, that it may use speech to text, and that `baseUrl` is its region.",
}
