/**
 * One request to the server and its answer: key, time limit, repetition, and the answer parsed with the contract.
 * Repeats only what may be repeated, and only when the server is away or asks for patience. Knows no nouns.
 */
import type { z } from 'zod'
import { BecketError, errorOfProblem, isPassing } from './becket-error.ts'
import { problemSchema } from './contract/problem.ts'
import { type Machine, retryDelayMs } from './pace.ts'

export type QueryValue = string | number | boolean | readonly string[] | undefined

interface Ask<Answer> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the server's URL, or an absolute URL, to which the key is never sent. */
  path: string
  query?: Record<string, QueryValue>
  body?: unknown
  bytes?: Blob
  headers?: Record<string, string>
  /** Reads the answer; null for one whose body is taken as bytes. */
  answer: z.ZodType<Answer> | null
  /** Whether the same request twice does no more than once. */
  repeatable: boolean
  /** Added to the time limit: what the server was asked to wait. */
  waitMs?: number
  /** Tries after the first, where they differ from the client's. */
  retries?: number
  signal?: AbortSignal
}

interface Answered<Answer> {
  status: number
  value: Answer
  /** Earlier tries of this request that may have reached the server although no answer came back. */
  lost: number
}

export interface Transport {
  ask<Answer>(ask: Ask<Answer>): Promise<Answered<Answer>>
  bytes(ask: Omit<Ask<never>, 'answer'>): Promise<Uint8Array<ArrayBuffer>>
}

export interface TransportOptions {
  url: string
  apiKey: string
  fetch: typeof globalThis.fetch
  timeoutMs: number
  retries: number
  machine: Machine
}

export function createTransport(options: TransportOptions): Transport {
  const base = baseOf(options.url)

  async function once(ask: Ask<unknown>): Promise<Response> {
    const isOurs = !/^https?:/.test(ask.path)
    const url = new URL(isOurs ? base + ask.path.replace(/^\//, '') : ask.path)
    for (const [name, value] of Object.entries(ask.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, Array.isArray(value) ? value.join(',') : String(value))
    }
    const headers = new Headers(ask.headers)
    if (isOurs && options.apiKey !== '') headers.set('authorization', `Bearer ${options.apiKey}`)
    if (ask.body !== undefined) headers.set('content-type', 'application/json')
    const limit = AbortSignal.timeout(options.timeoutMs + (ask.waitMs ?? 0))
    const signal = ask.signal === undefined ? limit : AbortSignal.any([limit, ask.signal])
    try {
      const response = await options.fetch(url, {
        method: ask.method,
        headers,
        signal,
        ...(ask.bytes !== undefined ? { body: ask.bytes } : {}),
        ...(ask.body !== undefined ? { body: JSON.stringify(ask.body) } : {}),
      })
      // Read here, so that the time limit covers the body too.
      const body = await response.arrayBuffer()
      return new Response(body.byteLength === 0 ? null : body, response)
    } catch (error) {
      ask.signal?.throwIfAborted()
      throw unanswered(`${ask.method} ${url.origin}${url.pathname}`, limit.aborted, options.timeoutMs, error)
    }
  }

  async function persist(ask: Ask<unknown>): Promise<{ response: Response; lost: number }> {
    const retries = ask.repeatable ? (ask.retries ?? options.retries) : 0
    let lost = 0
    for (let tried = 1; ; tried++) {
      try {
        const response = await once(ask)
        if (!response.ok) throw await refusal(response)
        return { response, lost }
      } catch (error) {
        if (!isPassing(error) || tried > retries) throw error
        // A 4xx and our own 503 say that nothing was done; a proxy's 502 or 504, like silence, says nothing.
        if (error.status === 0 || (error.status >= 500 && error.status !== 503)) lost++
        await options.machine.pause(retryDelayMs(tried, error.retryAfterMs, options.machine.random()), ask.signal)
      }
    }
  }

  return {
    async ask<Answer>(ask: Ask<Answer>) {
      const { response, lost } = await persist(ask)
      return { status: response.status, value: await parsed(response, ask), lost }
    },
    async bytes(ask) {
      const { response } = await persist({ ...ask, answer: null })
      return new Uint8Array(await response.arrayBuffer())
    },
  }
}

async function parsed<Answer>(response: Response, ask: Ask<Answer>): Promise<Answer> {
  const text = await response.text()
  const result = ask.answer?.safeParse(jsonOrNothing(text))
  if (result?.success === true) return result.data
  throw new BecketError({
    code: 'ANSWER_UNREADABLE',
    status: response.status,
    detail: `${ask.method} ${ask.path} was answered with something that is not of the contract`,
    hint: 'Check that the URL is that of a Becket server, and that its release fits that of the client.',
    requestId: response.headers.get('x-request-id') ?? undefined,
    cause: result?.error,
  })
}

async function refusal(response: Response): Promise<BecketError> {
  const problem = problemSchema.safeParse(jsonOrNothing(await response.text()))
  const retryAfterMs = retryAfterOf(response)
  if (problem.success) return errorOfProblem({ retryAfter: retryAfterMs && retryAfterMs / 1_000, ...problem.data })
  return new BecketError({
    code: 'ANSWER_UNREADABLE',
    status: response.status,
    detail: `The answer ${response.status} does not come from Becket`,
    hint: 'Look at what stands between: a proxy, a load balancer, or another server at this URL.',
    retryable: response.status >= 500 || response.status === 429,
    retryAfterMs,
  })
}

/** Seconds only: Becket sends no dates, and those of others depend on two clocks. */
function retryAfterOf(response: Response): number | undefined {
  const seconds = response.headers.get('retry-after')
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1_000 : undefined
}

function unanswered(what: string, wasLate: boolean, timeoutMs: number, cause: unknown): BecketError {
  return new BecketError({
    code: wasLate ? 'TIMED_OUT' : 'CONNECTION_FAILED',
    detail: wasLate ? `${what} got no answer within ${timeoutMs} ms` : `${what} got no answer`,
    hint: 'Check that the server runs and that the URL is right.',
    retryable: true,
    cause,
  })
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new BecketError({
      code: 'USAGE_INVALID',
      detail: `\`url\` is not an http or https URL: ${url}`,
      hint: 'Give the address of the server, such as http://localhost:7400.',
    })
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/*$/, '/')}`
}
