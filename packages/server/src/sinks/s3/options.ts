/** The options of an s3 sink: which bucket, with which keys, and what is kept below which prefix. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { s3BucketUrl } from '../../config/s3-bucket-url.ts'
import { duration, flag, list, text, webUrl } from '../../config/scalar.ts'
import { isObjectKey } from '../../storage/key.ts'
import { typesOption } from '../result-types.ts'

const MAX_WAIT_MS = 7 * 24 * 3_600_000
// About two days: a storage is back by then, or somebody knows that it is not.
const DEFAULT_RETRY = ['5s', '30s', '2m', '10m', '30m', '1h', '3h', '6h', '12h', '24h']
// Leaves room for what is named below it; a key may have 900 characters.
const MAX_PREFIX = 200

const isPrefix = (prefix: string) => prefix.length <= MAX_PREFIX && isObjectKey(`${prefix}a`)

export const s3SinkOptions = z
  .strictObject({
    bucket: option(text('the name of a bucket'), { description: 'The bucket; it must be there.' }),
    endpoint: option(webUrl().optional(), {
      description: 'The address of the storage, in either style.',
      absent: 'AWS in `region`',
    }),
    region: option(text('the name of a region'), {
      description: 'What requests are signed for; MinIO and Spaces take `us-east-1`.',
    }),
    accessKeyId: option(text('the id of a key'), { description: 'The id of the key.' }),
    secretAccessKey: option(text('a secret key'), { description: 'The key.', secret: true }),
    pathStyle: option(flag().optional(), {
      description: 'Whether the bucket stands in the path or in the host.',
      absent: "as the endpoint's vendor wants it",
    }),
    prefix: option(
      z
        .string()
        .refine((prefix) => prefix === '' || isPrefix(prefix), {
          error: 'letters, digits, ".", "_", "-" and "/", such as results/',
        })
        .prefault(''),
      { description: 'What every name begins with, such as `results/`.' },
    ),
    files: option(flag().prefault(true), { description: "Whether the result's files are copied beside it." }),
    types: typesOption(),
    retry: option(list(duration({ minMs: 1, maxMs: MAX_WAIT_MS }), 'a list of durations').prefault(DEFAULT_RETRY), {
      description: 'The wait before the second try, the third, and so on; after the last it is given up.',
    }),
  })
  .superRefine((place, context) => {
    const address = s3BucketUrl(place)
    if (address.kind === 'found') return
    const message = address.what.replace('`storage.bucket`', '`bucket`')
    context.addIssue({ code: 'custom', path: [address.option], message })
  })
export type S3SinkOptions = z.output<typeof s3SinkOptions>

/** Below it lie the objects. */
export function bucketUrlOf(options: S3SinkOptions): string {
  const address = s3BucketUrl(options)
  // The schema takes no options without one.
  if (address.kind !== 'found') throw new TypeError(address.what)
  return address.url
}
