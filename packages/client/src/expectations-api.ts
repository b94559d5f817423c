/** Expectations over HTTP. Registering is `expect()` in call.ts. */
import type { z } from 'zod'
import {
  type Cancel,
  type Dispatched,
  type Expectation,
  type ExpectationQuery,
  type ExpectationSummary,
  type Extend,
  expectationPageSchema,
  expectationSchema,
  type NotSubmitted,
  type Settle,
} from './contract/expectations.ts'
import type { Page } from './contract/paging.ts'
import { outcomeOf } from './outcome.ts'
import type { Transport } from './transport.ts'

export interface GetOptions {
  /** How long the server waits for the end before it answers with the present state; at most 60,000. */
  waitMs?: number
  retries?: number
  signal?: AbortSignal
}

export interface ExpectationsApi {
  get(id: string, options?: GetOptions): Promise<Expectation>
  list(filter?: Partial<ExpectationQuery>): Promise<Page<ExpectationSummary>>
  dispatched(id: string, body: Dispatched): Promise<Expectation>
  notSubmitted(id: string, body: NotSubmitted): Promise<Expectation>
  /** Has the provider asked now. */
  check(id: string): Promise<Expectation>
  extend(id: string, body: Extend): Promise<Expectation>
  settle(id: string, body: Settle): Promise<Expectation>
  cancel(id: string, body: Cancel): Promise<Expectation>
}

export function createExpectationsApi(transport: Transport): ExpectationsApi {
  const act = async (id: string, verb: string, body: unknown, repeatable: boolean) => {
    const path = `/v1/expectations/${encodeURIComponent(id)}/${verb}`
    return (await transport.ask({ method: 'POST', path, body, answer: expectationSchema, repeatable })).value
  }
  return {
    get: (id, options = {}) =>
      getWaiting(transport, `/v1/expectations/${encodeURIComponent(id)}`, expectationSchema, options),
    async list(filter = {}) {
      const path = '/v1/expectations'
      const ask = { method: 'GET', path, query: filter, answer: expectationPageSchema, repeatable: true } as const
      return (await transport.ask(ask)).value
    },
    dispatched: (id, body) => act(id, 'dispatched', body, true),
    notSubmitted: (id, body) => act(id, 'not-submitted', body, true),
    check: (id) => act(id, 'check', {}, true),
    // Not repeated: `by` would count twice, and a lost answer would come back as a conflict.
    extend: (id, body) => act(id, 'extend', body, false),
    settle: (id, body) => act(id, 'settle', body, false),
    cancel: (id, body) => act(id, 'cancel', body, false),
  }
}

export function isOver(expectation: Expectation): boolean {
  return outcomeOf(expectation) !== null
}

/** A GET that lets the server wait. */
export async function getWaiting<Answer>(
  transport: Transport,
  path: string,
  answer: z.ZodType<Answer>,
  { waitMs = 0, retries, signal }: GetOptions,
): Promise<Answer> {
  const answered = await transport.ask({
    method: 'GET',
    path,
    query: waitMs > 0 ? { wait: `${waitMs}ms` } : {},
    answer,
    repeatable: true,
    waitMs,
    ...(retries === undefined ? {} : { retries }),
    ...(signal === undefined ? {} : { signal }),
  })
  return answered.value
}
