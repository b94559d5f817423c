/**
 * Arrays of values in PostgreSQL's binary format, as parameters: `$1::text[]`. The driver writes arrays as text, and bytes
 * in them as hexadecimal digits, twice their size; these go out as they are. Knows the types that batches are made of.
 *
 * The format is that of `array_recv` in PostgreSQL: dimensions, whether there are nulls, the type of the elements, their
 * count and first index, and then each with its length before it.
 */

const OID = { bytea: 17, int8: 20, int4: 23, text: 25, float8: 701, jsonb: 3802 } as const

const HEADER_BYTES = 20
const NULL_LENGTH = -1
// The only version of jsonb's binary form: a byte before its text.
const JSONB_VERSION = 1

type Maybe<Value> = Value | null

export function textArray(values: readonly Maybe<string>[]): Buffer {
  return variable(OID.text, values, textBytes, writeText)
}

// 64: up to here a loop is quicker than a call out of JavaScript; ids, names and states are all shorter.
const SHORT = 64

/** Of UTF-8. */
function textBytes(text: string): number {
  return isShortAscii(text) ? text.length : Buffer.byteLength(text)
}

function writeText(into: Buffer, text: string, at: number): void {
  if (!isShortAscii(text)) {
    into.write(text, at)
    return
  }
  for (let index = 0; index < text.length; index++) into[at + index] = text.charCodeAt(index)
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

export function byteaArray(values: readonly Maybe<Uint8Array>[]): Buffer {
  return variable(
    OID.bytea,
    values,
    (value) => value.length,
    (into, value, at) => into.set(value, at),
  )
}

/** Of JSON texts: see `toJsonb` for what jsonb refuses. */
export function jsonbArray(values: readonly Maybe<string>[]): Buffer {
  return variable(
    OID.jsonb,
    values,
    (value) => 1 + textBytes(value),
    (into, value, at) => {
      into[at] = JSONB_VERSION
      writeText(into, value, at + 1)
    },
  )
}

export function float8Array(values: readonly Maybe<number>[]): Buffer {
  return variable(
    OID.float8,
    values,
    () => 8,
    (into, value, at) => into.writeDoubleBE(value, at),
  )
}

/** Whole numbers of up to 32 bits. */
export function int4Array(values: readonly Maybe<number>[]): Buffer {
  return variable(
    OID.int4,
    values,
    () => 4,
    (into, value, at) => into.writeInt32BE(value, at),
  )
}

/** Whole numbers of 64 bits, as numbers or as the digits in which they came. */
export function int8Array(values: readonly Maybe<number | string | bigint>[]): Buffer {
  return variable(
    OID.int8,
    values,
    () => 8,
    (into, value, at) => into.writeBigInt64BE(BigInt(value), at),
  )
}

function variable<Value extends {}>(
  oid: number,
  values: readonly Maybe<Value>[],
  lengthOf: (value: Value) => number,
  write: (into: Buffer, value: Value, at: number) => void,
): Buffer {
  // An empty array has no dimension.
  const isEmpty = values.length === 0
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : lengthOf(value)))
  let bytes = isEmpty ? 12 : HEADER_BYTES
  for (const length of lengths) bytes += 4 + Math.max(0, length)
  const array = Buffer.allocUnsafe(bytes)
  array.writeInt32BE(isEmpty ? 0 : 1, 0)
  array.writeInt32BE(lengths.includes(NULL_LENGTH) ? 1 : 0, 4)
  array.writeInt32BE(oid, 8)
  if (isEmpty) return array
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
  let at = HEADER_BYTES
  // By index: an iterator's steps are objects, and this runs for every value that is stored.
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? null
    const length = lengths[index] ?? NULL_LENGTH
    array[at] = length >>> 24
    array[at + 1] = length >>> 16
    array[at + 2] = length >>> 8
    array[at + 3] = length
    at += 4
    if (value === null) continue
    write(array, value, at)
    at += length
  }
  return array
}
