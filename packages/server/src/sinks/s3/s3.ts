/**
 * Results as JSON objects in a bucket of the user's, with their files beside them. The files go first: whoever sees the
 * result finds them. An object counts as written only when the bucket tells its size.
 */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import type { Content } from '../../storage/content.ts'
import { streamObject } from '../../storage/object-stream.ts'
import { createS3Storage } from '../../storage/s3.ts'
import type { Storage, StorageFault } from '../../storage/storage.ts'
import { isWanted, skipped } from '../result-types.ts'
import type { SinkKind } from '../sink.ts'
import { filesOf, type NamedFile, nameOf } from './name.ts'
import { bucketUrlOf, type S3SinkOptions, s3SinkOptions } from './options.ts'

export const s3Sink: SinkKind<S3SinkOptions> = {
  name: 's3',
  options: s3SinkOptions,
  destination: (options) => `${bucketUrlOf(options)}/${options.prefix}`,
  origins: (options) => [new URL(bucketUrlOf(options)).origin],
  batchSize: 1,
  retryMs: ({ retry }) => retry,
  create({ id: sink, options, tools }) {
    const { region, accessKeyId, secretAccessKey, prefix } = options
    const access = { region, accessKeyId, secretAccessKey, outbound: tools.outbound }
    const bucket = createS3Storage({ bucketUrl: bucketUrlOf(options), ...access })

    async function deliverOne(result: Parameters<typeof nameOf>[0], signal: AbortSignal): Promise<DeliveryAnswer> {
      if (!isWanted(result, options)) return skipped
      const files = options.files ? filesOf(result, prefix) : []
      for (const file of files) {
        if (signal.aborted) return { kind: 'later', afterMs: 0, reason: 'somebody else goes on' }
        const refusal = await copy(tools.storage, file)
        if (refusal !== null) return refusal
      }
      const name = nameOf(result, prefix)
      const body = Buffer.from(JSON.stringify(result), 'utf8')
      const refusal = await write(name, body, body.length, 'application/json')
      return refusal ?? { kind: 'delivered', receipt: { object: name, files: files.map(({ to }) => to) } }
    }

    async function copy(from: Storage, file: NamedFile): Promise<DeliveryAnswer | null> {
      const size = await from.head(file.from)
      if (size.kind !== 'found') return unread(file, size)
      const content = { bytes: size.bytes, open: () => streamObject(from, file.from) }
      try {
        return await write(file.to, content, size.bytes, file.contentType)
      } catch (error) {
        // Only what the content itself threw arrives here: our own storage broke off.
        return unread(file, { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) })
      }
    }

    async function write(name: string, content: Content, bytes: number, type: string): Promise<DeliveryAnswer | null> {
      const answer = await bucket.put(name, content, type)
      if (answer.kind !== 'stored') return refused(name, answer)
      const proof = await bucket.head(name)
      if (proof.kind !== 'found') return refused(name, proof)
      if (proof.bytes === bytes) return null
      const message = `${name} has ${proof.bytes} bytes in the bucket, and ${bytes} were written`
      return { kind: 'retry', error: { code: 'SIZE_WRONG', message, retryable: true }, isFault: true }
    }

    function refused(name: string, { kind, reason }: StorageFault): DeliveryAnswer {
      const error = (remedy: string, retryable: boolean) => ({
        code: `BUCKET_${kind.toUpperCase().replace('-', '_')}`,
        message: `${name}: ${reason}${remedy}`,
        retryable,
      })
      if (kind === 'malformed') return { kind: 'rejected', error: error('; the bucket will not take it', false) }
      if (kind !== 'forbidden') return { kind: 'retry', error: error('', true), isFault: true }
      const remedy = `; check the keys under \`sinks.${sink}\`: they need to read and write below the prefix`
      return { kind: 'retry', error: error(remedy, true) }
    }

    return { deliver: (batch, signal) => Promise.all(batch.map(({ result }) => deliverOne(result, signal))) }
  },
}

/** Our own side: nothing is said of the bucket. */
function unread({ from }: NamedFile, { kind, reason }: StorageFault): DeliveryAnswer {
  if (kind === 'missing') {
    const message = `${from} is not in our storage any more, so there is nothing to copy: make the result anew, or set \`files: false\``
    return { kind: 'rejected', error: { code: 'FILE_MISSING', message, retryable: false } }
  }
  const error = { code: 'FILE_UNREAD', message: `${from} cannot be read here: ${reason}`, retryable: true }
  return { kind: 'retry', error }
}
