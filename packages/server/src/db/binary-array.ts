/**
 * Arrays of values in PostgreSQL's binary format, as parameters: `$1::text[]`. The driver writes arrays as text, and bytes
 * in them as hexadecimal digits, twice their size; these go out as they are. Knows the types that batches are made of.
 *
 * The format is that of `array_recv` in PostgreSQL: dimensions, whether there are nulls, the type of the elements, their
 * count and first index, and then each with its length before it.
 */

const OID = { bytea: 17, int8: 20, int4: 23, text: 25, float8: 701, jsonb: 3802 } as const

const HEADER_BYTES = 20
// An empty array has no dimension.
const EMPTY_BYTES = 12
const NULL_LENGTH = -1
// The only version of jsonb's binary form: a byte before its text.
const JSONB_VERSION = 1

type Maybe<Value> = Value | null

export function textArray(values: readonly Maybe<string>[]): Buffer {
  return texts(OID.text, values)
}

/** Of JSON texts: see `toJsonb` for what jsonb refuses. */
export function jsonbArray(values: readonly Maybe<string>[]): Buffer {
  return texts(OID.jsonb, values)
}

export function byteaArray(values: readonly Maybe<Uint8Array>[]): Buffer {
  return variable(
    OID.bytea,
    values,
    (value) => value.length,
    (into, value, at) => into.set(value, at),
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

// 64: up to here a loop is quicker than a call out of JavaScript; ids, names and states are all shorter.
const SHORT = 64
// 1 MiB: more than most batches take, and not worth giving back.
const KEPT_BYTES = 1024 * 1024

/** Where texts are written one behind the other: how long each becomes is known only then. Grown where they need it. */
let page = Buffer.allocUnsafe(16 * 1024)

function texts(oid: number, values: readonly Maybe<string>[]): Buffer {
  let hasNull = false
  let at = HEADER_BYTES
  // By index: an iterator's steps are objects, and this runs for every value that is stored.
  for (let index = 0; index < values.length; index++) {
    const text = values[index] ?? null
    makeRoom(at, 5 + (text === null ? 0 : mostBytes(text)))
    if (text === null) {
      hasNull = true
      writeLength(page, NULL_LENGTH, at)
      at += 4
      continue
    }
    let end = at + 4
    if (oid === OID.jsonb) page[end++] = JSONB_VERSION
    end = writeText(text, end)
    writeLength(page, end - at - 4, at)
    at = end
  }
  writeHeader(page, oid, values.length, hasNull)
  const array = Buffer.from(page.subarray(0, values.length === 0 ? EMPTY_BYTES : at))
  if (page.length > KEPT_BYTES) page = Buffer.allocUnsafe(KEPT_BYTES)
  return array
}

/** In UTF-8. Of a short text three times its length, which costs nothing to know. */
function mostBytes(text: string): number {
  return text.length <= SHORT ? text.length * 3 : Buffer.byteLength(text)
}

/** Gives where it ends. */
function writeText(text: string, start: number): number {
  if (text.length > SHORT) return start + page.write(text, start)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 127) return start + page.write(text, start)
    page[start + index] = code
  }
  return start + text.length
}

function makeRoom(at: number, bytes: number): void {
  if (at + bytes <= page.length) return
  const larger = Buffer.allocUnsafe(Math.max(page.length * 2, at + bytes))
  page.copy(larger, 0, 0, at)
  page = larger
}

function variable<Value extends {}>(
  oid: number,
  values: readonly Maybe<Value>[],
  lengthOf: (value: Value) => number,
  write: (into: Buffer, value: Value, at: number) => void,
): Buffer {
  let hasNull = false
  let bytes = values.length === 0 ? EMPTY_BYTES : HEADER_BYTES
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? null
    if (value === null) hasNull = true
    bytes += 4 + (value === null ? 0 : lengthOf(value))
  }
  const array = Buffer.allocUnsafe(bytes)
  writeHeader(array, oid, values.length, hasNull)
  let at = HEADER_BYTES
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? null
    const length = value === null ? NULL_LENGTH : lengthOf(value)
    writeLength(array, length, at)
    at += 4
    if (value === null) continue
    write(array, value, at)
    at += length
  }
  return array
}

function writeHeader(into: Buffer, oid: number, count: number, hasNull: boolean): void {
  into.writeInt32BE(count === 0 ? 0 : 1, 0)
  into.writeInt32BE(hasNull ? 1 : 0, 4)
  into.writeInt32BE(oid, 8)
  if (count === 0) return
  into.writeInt32BE(count, 12)
  into.writeInt32BE(1, 16)
}

function writeLength(into: Buffer, length: number, at: number): void {
  into[at] = length >>> 24
  into[at + 1] = length >>> 16
  into[at + 2] = length >>> 8
  into[at + 3] = length
}
