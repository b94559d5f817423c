/** Where things are in an API's JSON, as configuration says it: the same for callbacks, statuses and answers to a submit. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { isPointer } from './json-pointer.ts'

export const pointer = (description: string) =>
  option(z.string().refine(isPointer, { error: 'a JSON pointer such as /data/id' }).optional(), {
    description,
    absent: 'none',
  })

const words = (description: string) =>
  option(z.array(z.union([z.string(), z.number(), z.boolean()])).prefault([]), { description })

export const readingFields = {
  externalId: pointer('Where the id of the work is.'),
  status: pointer('Where the word is that says how it stands.'),
  succeeded: words('The words for success; case does not matter.'),
  failed: words('The words for failure.'),
  pending: words('The words for work that goes on.'),
  output: pointer('Where the output is.'),
  error: pointer('Where the error is: a text, or an object with code and message.'),
}
