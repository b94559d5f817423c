/** Options that every sink has, whatever its kind. A kind's own options stand beside them; see `sinks.ts`. */
import { z } from 'zod'
import { option } from './option.ts'
import { flag, text, webUrl } from './scalar.ts'

export const sinkOptions = z.strictObject({
  kind: option(text('the name of a kind of sink'), { description: 'The code that knows such a place.' }),
  enabled: option(flag().prefault(true), {
    description: 'A sink that is off gets nothing; what comes meanwhile waits for it.',
  }),
  baseUrl: option(webUrl().optional(), {
    description: 'Where its API is; credentials go nowhere else.',
    absent: "the kind's",
  }),
  apiKey: option(text('a key').optional(), { description: 'The key of the account.', secret: true }),
  allowPrivate: option(flag().prefault(false), {
    description: 'Whether this sink may be at a private or loopback address.',
  }),
})
