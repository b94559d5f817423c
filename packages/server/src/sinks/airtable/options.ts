/** The options of an Airtable sink: which table, which field of it means what, and how fast it may be asked. */
import { z } from 'zod'
import { option, scalar } from '../../config/option.ts'
import { didYouMean } from '../../config/problem.ts'
import { choice, decimal, duration, flag, list, text, webUrl } from '../../config/scalar.ts'
import { typesOption } from '../result-types.ts'
import { faultOfRecipe } from './recipe.ts'
import { statusGroups, statusWords } from './status-words.ts'

const HOUR = 3_600_000
const MAX_WAIT_MS = 7 * 24 * HOUR

// About three days in all: over a weekend, somebody mends the table or the key.
const DEFAULT_RETRY = ['5s', '30s', '2m', '10m', '30m', '1h', '3h', '6h', '12h', '24h', '24h']

const fieldMap = <Value extends z.ZodType<string>>(value: Value, expected: string) =>
  scalar(z.record(z.string().min(1, { error: expected }), value, { error: expected }), { kind: 'text', expected })

const recipe = () =>
  z.string({ error: 'a JSON pointer or a text' }).superRefine((written, context) => {
    const fault = faultOfRecipe(written)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault })
  })

const pointer = () =>
  z.string().regex(/^(\/([^~/]|~[01])*)+$/, { error: 'a JSON pointer into the result, such as /output/files' })

const STATUSES = 'a map of our words to the options of your select field, with `completed` and `failed` at least'

const statuses = () =>
  scalar(
    z
      .record(z.string(), z.string({ error: STATUSES }).min(1, { error: STATUSES }), { error: STATUSES })
      .superRefine((map, context) => {
        for (const word of Object.keys(map)) {
          if (statusWords.includes(word)) continue
          const near = didYouMean(word, statusWords) || `; known: ${statusWords.join(', ')}`
          context.addIssue({
            code: 'custom',
            path: [word],
            message: `a status that Becket has, not \`${word}\`${near}`,
          })
        }
        for (const group of statusGroups) {
          if (map[group] !== undefined) continue
          context.addIssue({ code: 'custom', message: `${STATUSES}: \`${group}\` is missing` })
        }
      }),
    { kind: 'text', expected: STATUSES },
  )

const TABLE = 'the name or the id of a table'

export const airtableOptions = z.strictObject({
  base: option(
    text('the id of a base, such as appAbCdEfGhIjKlMn', (id) => /^app[A-Za-z0-9]{3,}$/.test(id)),
    {
      description: 'The base: its id stands in its address, behind airtable.com/.',
    },
  ),
  table: option(text(TABLE), { description: 'The table that gets one row per job or expectation.' }),
  runId: option(text('the name of a field').prefault('Run ID'), {
    description: 'The text field by which a row is found again. Make one for it; nothing else may write to it.',
  }),
  identify: option(choice(['id', 'key', 'record']).prefault('id'), {
    description:
      "What is written there: Becket's id of the job or expectation, or your own key for it. With `record`, the row is there already, and your keys end with its record id.",
  }),
  fields: option(
    fieldMap(
      recipe(),
      'a map of field names to JSON pointers into the result, or to texts with {/pointers} in them',
    ).prefault({ Status: '/status', 'Error Details': '/error/message' }),
    {
      description:
        'What is written into which field: a pointer into the result, or a text with {/pointers} in it. `/status` is the status in the words of `statuses`. What the result has not clears the cell.',
    },
  ),
  statuses: option(statuses().prefault({ completed: 'completed', failed: 'failed' }), {
    description:
      "Your select field's options by our words. Words that are not named here count as `completed` or `failed`.",
  }),
  attachments: option(fieldMap(pointer(), 'a map of attachment fields to JSON pointers into the result').prefault({}), {
    description: 'Which stored files of the result are attached where, such as `/output/files`.',
  }),
  attach: option(choice(['link', 'upload']).prefault('link'), {
    description:
      'Whether Airtable is given addresses to fetch files from, or the files themselves, where each of a field has 5 MB at most.',
  }),
  contentUrl: option(webUrl().prefault('https://content.airtable.com'), {
    description: 'Where files themselves are sent, with the key.',
  }),
  attachWithin: option(duration({ minMs: 1_000, maxMs: 7 * 24 * HOUR }).prefault('6h'), {
    description: 'How long Airtable may take to fetch attachments before the delivery is given up.',
  }),
  linkFor: option(duration({ minMs: 2 * HOUR, maxMs: 7 * 24 * HOUR }).prefault('24h'), {
    description: 'How long the address of an attachment can be fetched by whoever has it.',
  }),
  typecast: option(flag().prefault(false), {
    description: 'Whether Airtable may convert values, and make select options that are not there.',
  }),
  types: typesOption(),
  retry: option(list(duration({ minMs: 1, maxMs: MAX_WAIT_MS }), 'a list of durations').prefault(DEFAULT_RETRY), {
    description: 'The wait before the second try, the third, and so on; after the last it is given up.',
  }),
  perSecond: option(decimal(0.1, 5).prefault(4), {
    description: 'Requests per second to the base, of all processes together; Airtable locks out above 5.',
  }),
})
export type AirtableOptions = z.output<typeof airtableOptions>
