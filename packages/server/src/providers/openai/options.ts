/** What an OpenAI source may say beside the options that every source has. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { text } from '../../config/scalar.ts'

// As in Standard Webhooks: said here, where it is written, and not where the signature is set up from it.
const SECRET = /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/

export const openAiOptions = z.strictObject({
  webhookSecret: option(
    text('a secret in base64, with or without `whsec_`', (written) => SECRET.test(written)).optional(),
    {
      description:
        "The secret of the project's webhook, as OpenAI shows it once. Callbacks of `response` and `batch` then have to be signed with it.",
      secret: true,
    },
  ),
})

export type OpenAiOptions = z.output<typeof openAiOptions>

export const unauthorizedAdvice = {
  unauthorized:
    "Check the source's `apiKey`: it must belong to the project in which the work was started; and that `baseUrl` is the region the key was made for.",
}
