/** What a source of the `http` provider says: where in its JSON things are, and where to ask. How work is handed in: `submit-options.ts`. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { choice } from '../../config/scalar.ts'
import { pointer, readingFields } from './reading-options.ts'
import { submitOptions } from './submit-options.ts'
import { faultOfTemplate, originOfTemplate } from './url-template.ts'

const template = ({ whole }: { whole: boolean }) =>
  z.string().superRefine((text, context) => {
    const fault = whole && text.startsWith('/') ? 'a whole URL, since the outcome carries it' : faultOfTemplate(text)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault })
  })

interface Words {
  status?: string | undefined
  succeeded: unknown[]
  failed: unknown[]
  output?: string | undefined
  error?: string | undefined
}

/** A reading that can never reach a verdict is a mistake, found before the first callback. */
function judgeReading(reading: Words, context: z.RefinementCtx): void {
  const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  if (reading.status === undefined) {
    if (reading.succeeded.length + reading.failed.length > 0) complain('status', 'a pointer to where these words are')
    else if (reading.output === undefined)
      complain('output', 'a pointer to the output, which proves success where there is no `status`')
  } else if (reading.succeeded.length === 0) {
    complain('succeeded', 'the words that mean success')
  }
}

const reading = z
  .strictObject({
    ...readingFields,
    eventId: pointer("Where the provider's own id of the delivery is, the same on a redelivery."),
  })
  .superRefine(judgeReading)

const check = z
  .strictObject({
    url: option(template({ whole: false }), {
      description: 'The address that answers how the work stands; a path is below `baseUrl`.',
    }),
    method: option(choice(['GET', 'POST']).prefault('GET'), { description: 'How to ask.' }),
    ...readingFields,
  })
  .superRefine(judgeReading)

const artifact = z.strictObject({
  url: option(template({ whole: true }).optional(), {
    description: 'The address at which the output appears when it is done.',
    absent: 'what the expectation says',
  }),
  method: option(choice(['HEAD', 'GET']).prefault('HEAD'), { description: 'How to look.' }),
})

export const httpOptions = z.strictObject({
  read: reading,
  submit: submitOptions.optional(),
  submits: option(
    z.record(z.string(), submitOptions, { error: 'a map from operations to how each is handed in' }).prefault({}),
    {
      description: 'By operation, what takes the place of `submit`: the same options.',
      absent: 'none',
    },
  ),
  check: check.optional(),
  artifact: artifact.optional(),
  keyHeader: option(
    z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, { error: 'the name of a header' })
      .prefault('authorization'),
    { description: 'The header that carries `apiKey`; in `authorization`, after `Bearer`.' },
  ),
})

export type HttpOptions = z.output<typeof httpOptions>
export type HttpReading = Omit<z.output<typeof reading>, 'eventId'>
export type HttpCheck = z.output<typeof check>
export type HttpArtifact = z.output<typeof artifact>

export function originsOf({ submit, submits, check, artifact }: HttpOptions): string[] {
  const urls = [submit, ...Object.values(submits), check, artifact].map((each) => each?.url)
  const origins = urls.map((url) => (url === undefined ? null : originOfTemplate(url)))
  return [...new Set(origins.filter((origin) => origin !== null))]
}
