/** Makes up a callback that a source's own pointers read as a success. The mirror of `read.ts`; reads nothing. */
import { isRecord, type JsonRecord } from '../json-body.ts'
import type { HttpOptions } from './options.ts'

export function sampleOf(read: HttpOptions['read'], of: { externalId: string; deliveryId: string }): unknown {
  const [word = 'done'] = read.succeeded
  // From the widest to the narrowest: the output may be what holds the id.
  const said: [string | undefined, unknown][] = [
    [read.output, { sample: true }],
    [read.status, word],
    [read.eventId, of.deliveryId],
    [read.externalId, of.externalId],
  ]
  return said.reduce<unknown>(
    (body, [pointer, value]) => (pointer === undefined ? body : placed(body, pointer, value)),
    {},
  )
}

/** Numbers in a pointer become names: a reader finds them there as well. */
function placed(body: unknown, pointer: string, value: unknown): unknown {
  const [, ...parts] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const [last] = parts.splice(-1)
  if (last === undefined) return value
  const root: JsonRecord = isRecord(body) ? { ...body } : {}
  let here = root
  for (const part of parts) {
    const known = Object.hasOwn(here, part) ? here[part] : undefined
    const next: JsonRecord = isRecord(known) ? { ...known } : {}
    here[part] = next
    here = next
  }
  here[last] = value
  return root
}
