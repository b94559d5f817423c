/**
 * Reads the vectors out of an embeddings answer and puts them in the order of their texts. Mends nothing: an answer whose
 * vectors cannot each be given to their text is refused whole. Lengths and zeros are judged by `core/embedding-check.ts`.
 */
import { isRecord } from '../json-body.ts'

export type VectorsReading = { kind: 'vectors'; vectors: number[][] } | { kind: 'unusable'; reason: string }

const FLOAT_BYTES = 4

export function readVectors(data: unknown, count: number): VectorsReading {
  if (!Array.isArray(data)) return { kind: 'unusable', reason: 'the answer has no list of vectors' }
  if (data.length !== count) {
    return { kind: 'unusable', reason: `${count} texts were sent, ${data.length} vectors came` }
  }
  const vectors: (number[] | undefined)[] = Array.from({ length: count })
  for (const [position, item] of data.entries()) {
    const index: unknown = isRecord(item) ? item.index : undefined
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) {
      return { kind: 'unusable', reason: `entry ${position} of ${count} has no index that belongs to a text` }
    }
    if (vectors[index] !== undefined) return { kind: 'unusable', reason: `two vectors came for text ${index}` }
    const vector = isRecord(item) ? readVector(item.embedding) : null
    if (vector === null)
      return { kind: 'unusable', reason: `the vector of text ${index} is neither numbers nor base64` }
    vectors[index] = vector
  }
  // As many entries as texts and none twice: each text has one.
  return { kind: 'vectors', vectors: vectors.filter((vector) => vector !== undefined) }
}

/** Base64 of little-endian 32-bit floats, or a list of numbers: some compatible servers know only that. */
function readVector(embedding: unknown): number[] | null {
  if (typeof embedding === 'string') return decodeFloats(embedding)
  if (!Array.isArray(embedding)) return null
  const isNumber = (value: unknown): value is number => typeof value === 'number'
  return embedding.every(isNumber) ? embedding : null
}

function decodeFloats(base64: string): number[] | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length % FLOAT_BYTES !== 0) return null
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => bytes.readFloatLE(index * FLOAT_BYTES))
}
