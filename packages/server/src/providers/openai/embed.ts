/** One embeddings request: checked against the API's limits before it is sent, answered at once. Tries once. */
import { z } from 'zod'
import type { Outbound } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { isRecord, type JsonRecord, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { readVectors } from './vectors.ts'

/** What the API takes in one request. Tokens are counted there: whoever makes batches estimates them. */
const embedLimits = { texts: 2048, tokensPerText: 8192, tokensPerRequest: 300_000 } as const

const embedInput = z.strictObject({
  // The API refuses an empty text, and with it the whole batch.
  texts: z
    .array(z.string().min(1, { error: 'no text may be empty' }))
    .min(1, { error: 'at least one text is needed' })
    .max(embedLimits.texts, { error: `at most ${embedLimits.texts} texts go into one request` }),
  model: z.string().min(1),
  dimensions: z.int().positive().optional(),
})

type EmbedInput = z.output<typeof embedInput>

/** `tokens` is what the provider counted, null where it does not say. */
interface EmbedOutput {
  vectors: number[][]
  model: string
  tokens: number | null
}

// 60 s: a full batch takes seconds; the rest is the provider's own queue.
const DEADLINE_MS = 60_000
// 128 MiB: 2048 vectors of 3072 numbers written out as decimals, for servers that know no base64.
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

const unauthorizedAdvice = {
  unauthorized:
    "Check the source's `apiKey`, that its project may use the model, and that `baseUrl` is the region the key was made for.",
}

export async function embed(outbound: Outbound, request: SubmitRequest, signal: AbortSignal): Promise<SubmitAnswer> {
  if (request.operation !== 'embed') return refuse('OPERATION_UNKNOWN', `this source cannot ${request.operation}`)
  const input = embedInput.safeParse(request.input)
  if (!input.success) return refuse('INPUT_INVALID', describe(input.error))
  const { texts, model, dimensions } = input.data
  const answer = await outbound.request({
    operation: 'embed',
    method: 'POST',
    url: '/v1/embeddings',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      model,
      input: texts,
      // A quarter of the bytes of decimals, and exact.
      encoding_format: 'base64',
      ...(dimensions !== undefined && { dimensions }),
    }),
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_ANSWER_BYTES,
    authenticated: true,
    signal,
  })
  if (!isSuccess(answer)) return submitFailure(answer, unauthorizedAdvice)
  return readAnswer(answer.body, input.data)
}

function readAnswer(body: Buffer, { texts, model }: EmbedInput): SubmitAnswer {
  const read = readJson(body)
  if (read.kind === 'unreadable') return unusable(read.reason)
  if (!isRecord(read.value)) return unusable('the answer is not an object')
  const vectors = readVectors(read.value.data, texts.length)
  if (vectors.kind === 'unusable') return unusable(vectors.reason)
  const output: EmbedOutput = {
    vectors: vectors.vectors,
    model: typeof read.value.model === 'string' ? read.value.model : model,
    tokens: tokensOf(read.value),
  }
  return { kind: 'answered', externalId: null, outcome: { verdict: 'succeeded', output } }
}

function tokensOf({ usage }: JsonRecord): number | null {
  const counted: unknown = isRecord(usage) ? (usage.total_tokens ?? usage.prompt_tokens) : null
  return typeof counted === 'number' ? counted : null
}

/** The provider did answer, with nothing that could be used: a failure, and nothing is made up in its place. */
function unusable(message: string): SubmitAnswer {
  const error = { code: 'EMBEDDING_INVALID', message, retryable: true }
  return { kind: 'answered', externalId: null, outcome: { verdict: 'failed', error } }
}

function refuse(code: string, message: string): SubmitAnswer {
  return { kind: 'refused', error: { code, message, retryable: false } }
}

/** Names the field, never its content. */
function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `\`${path.join('.') || 'input'}\`: ${message}`).join('; ')
}
