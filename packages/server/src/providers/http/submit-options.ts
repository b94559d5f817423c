/** How work is handed in, as a source of the `http` provider says it: the request, and what its answer means. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { choice } from '../../config/scalar.ts'
import { bodyMentions, faultsOfBody } from './body-template.ts'
import { faultOfPlaceholder, faultOfText } from './placeholder.ts'
import { readingFields } from './reading-options.ts'
import { faultOfTemplate } from './url-template.ts'

const url = z.string().superRefine((text, context) => {
  const fault = faultOfTemplate(text, faultOfPlaceholder)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, { error: 'the name of a header' })
const headerText = z.string().superRefine((text, context) => {
  const fault = faultOfText(text)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

const body = z.unknown().superRefine((written, context) => {
  for (const fault of faultsOfBody(written)) context.addIssue({ code: 'custom', ...fault })
})

const status = z.int().min(200, { error: 'a status from 200 to 299' }).max(299, { error: 'a status from 200 to 299' })

export const submitOptions = z
  .strictObject({
    url: option(url, {
      description:
        'The address that takes the work; a path is below `baseUrl`. `{callbackUrl}`, `{clientId}`, `{key}`, `{operation}` and `{input:/pointer}` may stand in it.',
    }),
    method: option(choice(['POST', 'PUT', 'PATCH']).prefault('POST'), { description: 'How to hand it in.' }),
    headers: option(z.record(headerName, headerText).prefault({}), {
      description: 'Headers beside that of `apiKey`, with the same placeholders.',
      absent: 'none',
      secret: true,
    }),
    body: option(body.optional(), {
      description:
        'The JSON to send. A text that is one placeholder and nothing else keeps its type, `{input}` and `{input:/pointer}` with all that is in it; `{input:/pointer?}` may be missing.',
      absent: 'no body',
    }),
    accepted: option(
      z
        .array(status, { error: 'a list of statuses such as [200, 202]' })
        .min(1, { error: 'one status at least' })
        .optional(),
      { description: 'The statuses that say that the work was taken.', absent: '200 to 299' },
    ),
    ...readingFields,
  })
  .superRefine((submit, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const isCalledBack = bodyMentions([submit.url, submit.body, submit.headers], 'callbackUrl')
    const isToldAtOnce = submit.status !== undefined || submit.output !== undefined
    if (!isCalledBack && !isToldAtOnce && submit.externalId === undefined) {
      complain(
        'externalId',
        "a pointer to the id in the answer, or '{callbackUrl}' in the body: without both, no outcome finds its way back",
      )
    }
    if (submit.status === undefined && submit.succeeded.length + submit.failed.length + submit.pending.length > 0) {
      complain('status', 'a pointer to where these words are')
    }
    if (submit.status !== undefined && submit.succeeded.length + submit.failed.length === 0) {
      complain('succeeded', 'the words that mean success at once, or `failed`')
    }
  })

export type HttpSubmit = z.output<typeof submitOptions>
