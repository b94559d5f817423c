/** Options that every source has, whatever its provider. A provider's own options stand beside them; see `sources.ts`. */
import { z } from 'zod'
import { formatDuration } from '../core/duration.ts'
import { checkWorthMs, learnedPlan } from '../core/poll-plan.ts'
import { option } from './option.ts'
import { choice, decimal, duration, flag, list, text, webOrigin, webUrl, wholeNumber } from './scalar.ts'
import { verifyOptions } from './verify-options.ts'

const PATH = /^\/[^\s?#]*$/
// What Becket's own routes begin with: a source that took one of them would hide it.
const OWN_ROUTES = /^\/(v1|in|livez|readyz|metrics|openapi\.json)(\/|$)/

const tier = z.strictObject({
  until: option(duration({ minMs: 1 }).optional(), {
    description: 'The age at which the next rung begins; the last one has none.',
    absent: 'for ever',
  }),
  every: option(duration({ minMs: 1 }), { description: 'How often to ask meanwhile.' }),
})

const learnedOptions = z.strictObject({
  checkWorth: option(duration({ minMs: 1 }).optional(), {
    description:
      'How long an outcome may lie unknown before a check that would find it pays. Less: sooner known, more checks; a quarter of it doubles them.',
    absent: formatDuration(checkWorthMs(learnedPlan)),
  }),
  longest: option(duration({ minMs: 1 }).optional(), {
    description: 'The longest wait between two checks.',
    absent: formatDuration(learnedPlan.longestMs),
  }),
})

export const planOptions = z.union(
  [
    z.enum(['learned', 'ladder', 'poll', 'none']),
    z.strictObject({ learned: learnedOptions }),
    z.strictObject({ ladder: z.array(tier).min(1, { error: 'a ladder with at least one rung' }) }),
  ],
  { error: 'learned, ladder, poll, none, {learned: {checkWorth, longest}}, or {ladder: [{until, every}, …]}' },
)

export const operationOptions = z.strictObject({
  expectWithin: option(duration({ minMs: 1 }).optional(), {
    description: 'How long the provider usually takes; after this the expectation is overdue.',
    absent: "the provider's",
  }),
  deadline: option(duration({ minMs: 1 }).optional(), {
    description: 'When the expectation is given up.',
    absent: "the provider's",
  }),
  plan: option(planOptions.optional(), {
    description:
      'When to ask the provider for the outcome: `learned` (by how long such work took and how many callbacks were lost), `ladder` (rarely, and more rarely with age), `poll` (asking is the main way), `none`, or rungs of your own.',
    absent: 'learned',
  }),
  resubmit: option(choice(['safe', 'ask', 'never']).optional(), {
    description: 'Whether to submit again when nobody knows whether the first submit arrived.',
    absent: "the provider's",
  }),
  concurrency: option(wholeNumber(1, 100_000).optional(), {
    description:
      'How many pieces of work the provider may have in hand at once, from the submit to the outcome. Jobs beyond that wait for room, and lose no try; calls that applications register count, and are never held back.',
    absent: 'no limit',
  }),
})

const rateOptions = z.strictObject({
  perSecond: option(decimal(0.001, 10_000), {
    description: 'How many requests a second all processes together may send, `0.2` for one in five seconds.',
  }),
  burst: option(wholeNumber(1, 100_000).optional(), {
    description: 'How many may go at once after a rest.',
    absent: 'as many as a second allows, at least 1',
  }),
})

const checksOptions = z.strictObject({
  perMinute: option(wholeNumber(1, 100_000), {
    description:
      'How often a minute all processes together may ask what became of work. What is beyond that is put off, never dropped.',
  }),
})

/** Without `operations`, whose names only the provider knows. */
export const sourceOptions = z.strictObject({
  provider: option(text('the name of a provider'), { description: 'The code that knows the API.' }),
  enabled: option(flag().prefault(true), {
    description: 'A source that is off takes callbacks in, and submits and asks nothing.',
  }),
  baseUrl: option(webUrl().optional(), {
    description: 'Where the API is; credentials go nowhere else.',
    absent: "the provider's",
  }),
  apiKey: option(text('a key').optional(), { description: 'The key of the account.', secret: true }),
  paths: option(
    list(
      text(
        'a path such as /webhook/orders/{job_id}, none of Becket’s own',
        (path) => PATH.test(path) && !OWN_ROUTES.test(path),
      ),
      'a list of paths such as /webhook/orders/{job_id}',
    ).prefault([]),
    { description: 'Further paths that take callbacks of this source; `{name}` is read as a hint.' },
  ),
  verify: option(verifyOptions.optional(), {
    description: 'How callbacks are verified.',
    absent: "the provider's, else `{scheme: none}`",
  }),
  allow: option(list(webOrigin(), 'a list of origins such as https://files.example.org').prefault([]), {
    description: 'Origins beside that of `baseUrl` that outputs may be fetched from, without credentials.',
  }),
  allowPrivate: option(flag().prefault(false), {
    description: 'Whether this source may be at a private or loopback address.',
  }),
  rate: rateOptions.optional(),
  checks: checksOptions.optional(),
})
