/** The embeddings answer, whole or spoilt. Pure. */
import type { EmbeddingsRequest } from './embeddings-request.ts'
import { hashedVector } from './vector.ts'

export interface Spoiling {
  zeroVector: boolean
  wrongLength: boolean
  missingItem: boolean
  reorder: boolean
}

export function embeddingsAnswer(request: EmbeddingsRequest, spoiling: Spoiling): Record<string, unknown> {
  const vectors = request.inputs.map((input) => hashedVector(input, request.dimensions))
  const [first] = vectors
  if (spoiling.zeroVector) first?.fill(0)
  if (spoiling.wrongLength && first) vectors[0] = first.subarray(0, Math.max(1, first.length - 1))
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: request.encoding === 'base64' ? toBase64(vector) : Array.from(vector),
  }))
  if (spoiling.missingItem) data.pop()
  if (spoiling.reorder) data.reverse()
  return {
    object: 'list',
    data,
    model: request.model,
    usage: { prompt_tokens: request.tokens, total_tokens: request.tokens },
    // No model made these vectors.
    stand_in: true,
  }
}

/** Little-endian 32-bit floats, as the official client decodes them. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4)
  })
  return bytes.toString('base64')
}
