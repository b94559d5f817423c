/** The options of a webhook sink: where the endpoint is, how requests are signed, and for how long they are tried. */
import { z } from 'zod'
import { option, scalar } from '../../config/option.ts'
import { duration, list, oneOrMore, text } from '../../config/scalar.ts'
import { typesOption } from '../result-types.ts'
import { isSigningSecret } from './signature.ts'

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
// What an HTTP header can carry: anything else ends the header, or the request.
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
// Ours, or the transport's: a second value would make the request unreadable or the signature a lie.
const TAKEN = /^(webhook-|content-|host$|connection$|transfer-encoding$|user-agent$)/i

// 60 s: an endpoint that needs longer should answer first and work then.
const MAX_TIMEOUT_MS = 60_000
const MAX_WAIT_MS = 7 * 24 * 3_600_000

// About three days in all: over a weekend, somebody notices.
const DEFAULT_RETRY = ['5s', '30s', '2m', '10m', '30m', '1h', '3h', '6h', '12h', '24h', '24h']

const endpoint = () =>
  text('an address beginning with https:// or http://, without user or fragment', (value) => {
    const url = URL.canParse(value) ? new URL(value) : null
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
    return url.username === '' && url.password === '' && url.hash === ''
  })

const headers = () => {
  const expected =
    'a map of header names to texts, without webhook-…, content-…, host and user-agent, which are set here'
  const schema = z.record(z.string(), z.string({ error: expected }), { error: expected }).refine(
    (map) => {
      return Object.entries(map).every(
        ([name, value]) => HEADER_NAME.test(name) && !TAKEN.test(name) && HEADER_VALUE.test(value),
      )
    },
    { error: expected },
  )
  return scalar(schema, { kind: 'text', expected })
}

export const webhookOptions = z.strictObject({
  url: option(endpoint(), { description: 'Where results are posted.' }),
  secret: option(
    oneOrMore(
      text('a secret: `whsec_` and base64, or any other text', isSigningSecret),
      'a secret, or a list of them while one is being replaced',
    ),
    {
      description: 'Signs each request by Standard Webhooks; with several, one signature by each.',
      secret: true,
    },
  ),
  headers: option(headers().prefault({}), { description: 'More headers of each request.', secret: true }),
  types: typesOption(),
  timeout: option(duration({ minMs: 100, maxMs: MAX_TIMEOUT_MS }).prefault('15s'), {
    description: 'How long the answer is awaited.',
  }),
  retry: option(list(duration({ minMs: 1, maxMs: MAX_WAIT_MS }), 'a list of durations').prefault(DEFAULT_RETRY), {
    description: 'The wait before the second try, the third, and so on; after the last it is given up.',
  }),
})
export type WebhookOptions = z.output<typeof webhookOptions>
