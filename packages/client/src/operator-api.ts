/** What an operator looks at and turns by hand beside the work itself: callbacks, keys, sources, health. */
import type { z } from 'zod'
import { type Breaker, breakerListSchema, breakerSchema, type OverrideBreaker } from './contract/breakers.ts'
import {
  type Callback,
  type CallbackQuery,
  type CallbackSummary,
  callbackPageSchema,
  callbackSchema,
  type Release,
  type Released,
  type Replay,
  releasedSchema,
  replaySchema,
} from './contract/callbacks.ts'
import { type Health, healthSchema } from './contract/health.ts'
import {
  type CreatedKey,
  type CreateKey,
  createdKeySchema,
  type Key,
  keyListSchema,
  keySchema,
} from './contract/keys.ts'
import type { Page } from './contract/paging.ts'
import { type Request, type RequestQuery, requestPageSchema } from './contract/requests.ts'
import { type Source, sourceListSchema } from './contract/sources.ts'
import type { QueryValue, Transport } from './transport.ts'

export interface CallbacksApi {
  get(id: string): Promise<Callback>
  list(filter?: Partial<CallbackQuery>): Promise<Page<CallbackSummary>>
  /** The body byte for byte. */
  body(id: string): Promise<Uint8Array<ArrayBuffer>>
  /** Has it read again, as if it had just come. */
  replay(id: string): Promise<Replay>
  /** Has quarantined callbacks read again, after their adapter was mended. */
  release(what: Release): Promise<Released>
}

export interface KeysApi {
  list(): Promise<Key[]>
  /** The answer holds the secret, this once. */
  create(key: CreateKey): Promise<CreatedKey>
  revoke(id: string): Promise<Key>
}

export interface SourcesApi {
  list(): Promise<Source[]>
}

export interface BreakersApi {
  list(): Promise<Breaker[]>
  get(name: string): Promise<Breaker>
  /** By hand: hold it open, let one trial through now, or close it. */
  override(name: string, request: OverrideBreaker): Promise<Breaker>
}

export interface RequestsApi {
  list(filter?: Partial<RequestQuery>): Promise<Page<Request>>
}

export interface OperatorApi {
  breakers: BreakersApi
  requests: RequestsApi
  callbacks: CallbacksApi
  keys: KeysApi
  sources: SourcesApi
  health(): Promise<Health>
}

export function createOperatorApi(transport: Transport): OperatorApi {
  const get = async <Answer>(path: string, answer: z.ZodType<Answer>, query: Record<string, QueryValue> = {}) =>
    (await transport.ask({ method: 'GET', path, query, answer, repeatable: true })).value
  const pathOf = (noun: string, id: string) => `/v1/${noun}/${encodeURIComponent(id)}`

  return {
    breakers: {
      list: async () => (await get('/v1/breakers', breakerListSchema)).items,
      get: (name) => get(pathOf('breakers', name), breakerSchema),
      async override(name, body) {
        const path = pathOf('breakers', name)
        return (await transport.ask({ method: 'POST', path, body, answer: breakerSchema, repeatable: true })).value
      },
    },
    requests: { list: (filter = {}) => get('/v1/requests', requestPageSchema, filter) },
    callbacks: {
      get: (id) => get(pathOf('callbacks', id), callbackSchema),
      list: (filter = {}) => get('/v1/callbacks', callbackPageSchema, filter),
      body: (id) => transport.bytes({ method: 'GET', path: `${pathOf('callbacks', id)}/body`, repeatable: true }),
      async replay(id) {
        const path = `${pathOf('callbacks', id)}/replay`
        return (await transport.ask({ method: 'POST', path, body: {}, answer: replaySchema, repeatable: false })).value
      },
      async release(body) {
        const path = '/v1/callbacks/release'
        return (await transport.ask({ method: 'POST', path, body, answer: releasedSchema, repeatable: true })).value
      },
    },
    keys: {
      list: async () => (await get('/v1/keys', keyListSchema)).items,
      async create(body) {
        const path = '/v1/keys'
        return (await transport.ask({ method: 'POST', path, body, answer: createdKeySchema, repeatable: false })).value
      },
      async revoke(id) {
        const path = pathOf('keys', id)
        return (await transport.ask({ method: 'DELETE', path, answer: keySchema, repeatable: true })).value
      },
    },
    sources: { list: async () => (await get('/v1/sources', sourceListSchema)).items },
    health: () => get('/v1/health', healthSchema),
  }
}
