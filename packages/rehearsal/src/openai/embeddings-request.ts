/** What the embeddings route accepts, with the real limits and the real way of saying no. Pure. */
import { z } from 'zod'
import type { EmbeddingInput } from './vector.ts'

/** Native dimensions, and whether fewer may be asked for. */
const MODELS: Record<string, { dimensions: number; shortens: boolean }> = {
  'text-embedding-3-small': { dimensions: 1536, shortens: true },
  'text-embedding-3-large': { dimensions: 3072, shortens: true },
  'text-embedding-ada-002': { dimensions: 1536, shortens: false },
}

const MAX_ITEMS = 2048
const MAX_TOKENS_PER_ITEM = 8192
const MAX_TOKENS = 300_000

const tokens = z.array(z.int().nonnegative()).min(1)
const requestSchema = z.object({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]),
  dimensions: z.int().positive().optional(),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  user: z.string().optional(),
})

export interface EmbeddingsRequest {
  model: string
  inputs: EmbeddingInput[]
  dimensions: number
  encoding: 'float' | 'base64'
  /** Estimated: about four Latin characters to a token, and each other character one. */
  tokens: number
}

export interface OpenAiError {
  message: string
  type: string
  param: string | null
  code: string | null
}

export type RequestReading =
  | { kind: 'read'; request: EmbeddingsRequest }
  | { kind: 'refused'; status: number; error: OpenAiError }

export function readEmbeddingsRequest(body: unknown): RequestReading {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success) {
    const param = parsed.error.issues[0]?.path[0]
    const name = param === undefined ? null : String(param)
    return refuse(name ? `Invalid value for '${name}'.` : 'We could not parse the JSON body of your request.', name)
  }
  const { model: name, input, encoding_format: encoding, dimensions } = parsed.data
  const model = MODELS[name]
  if (!model) {
    const message = `The model \`${name}\` does not exist or you do not have access to it.`
    return refuse(message, null, { status: 404, code: 'model_not_found' })
  }
  if (dimensions !== undefined && (!model.shortens || dimensions > model.dimensions)) {
    return refuse(`Invalid value for 'dimensions' = ${dimensions}: ${name} has ${model.dimensions}.`, 'dimensions')
  }
  const inputs = toInputs(input)
  if (inputs.length === 0 || inputs.some((item) => item.length === 0)) {
    return refuse("'input' must not be empty, nor contain an empty string.", 'input')
  }
  if (inputs.length > MAX_ITEMS) return refuse(`'input' has ${inputs.length} items; at most ${MAX_ITEMS}.`, 'input')
  const counts = inputs.map(countTokens)
  const longest = Math.max(...counts)
  if (longest > MAX_TOKENS_PER_ITEM) {
    return refuse(`This model's maximum context length is ${MAX_TOKENS_PER_ITEM} tokens; got ${longest}.`, 'input')
  }
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total > MAX_TOKENS) {
    const message = `Requested ${total} tokens, max ${MAX_TOKENS} tokens per request.`
    return refuse(message, 'input', { code: 'max_tokens_per_request' })
  }
  return {
    kind: 'read',
    request: { model: name, inputs, dimensions: dimensions ?? model.dimensions, encoding, tokens: total },
  }
}

function toInputs(input: string | string[] | number[] | number[][]): EmbeddingInput[] {
  if (typeof input === 'string') return [input]
  const items: EmbeddingInput[] = []
  const single: number[] = []
  for (const item of input) {
    if (typeof item === 'number') single.push(item)
    else items.push(item)
  }
  return single.length > 0 ? [single] : items
}

function countTokens(input: EmbeddingInput): number {
  if (typeof input !== 'string') return input.length
  let latin = 0
  let other = 0
  for (const character of input) {
    if (character <= '\u024f') latin++
    else other++
  }
  return Math.max(1, Math.ceil(latin / 4) + other)
}

function refuse(
  message: string,
  param: string | null,
  { status = 400, code = null }: { status?: number; code?: string | null } = {},
): RequestReading {
  return { kind: 'refused', status, error: { message, type: 'invalid_request_error', param, code } }
}
