/** Makes ids: the only place that draws their time and randomness. */
import { v7 } from 'uuid'
import { encodeId, type IdKind } from '../core/id.ts'

export function newId(kind: IdKind): string {
  return encodeId(kind, v7(undefined, new Uint8Array(16)))
}
