/** Makes ids: the only place that draws their time and randomness. */
import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'
import { encodeId, type IdKind } from '../core/id.ts'

const BYTES = 16
// 8 KiB, 512 ids: to ask the system for each takes longer than to make the id.
const pool = new Uint8Array(512 * BYTES)
let used = pool.length
// Read at once: one for all.
const uuid = new Uint8Array(BYTES)

// The order within a millisecond, as RFC 9562 has it (section 6.2, method 1): begun anew by chance with each.
let lastMs = 0
let sequence = 0

export function newId(kind: IdKind): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + BYTES)
  used += BYTES
  const nowMs = Date.now()
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = firstSequence(random)
  } else {
    sequence = (sequence + 1) >>> 0
    // So many in one millisecond: they borrow from the next.
    if (sequence === 0) lastMs += 1
  }
  return encodeId(kind, v7({ random, msecs: lastMs, seq: sequence }, uuid))
}

/** 31 bits, so that there is room to count. */
function firstSequence(random: Uint8Array): number {
  return new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1
}
