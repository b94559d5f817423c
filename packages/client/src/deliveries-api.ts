/** Results on their way to sinks: looking at them, and delivering again by hand. */
import type { z } from 'zod'
import {
  type Delivery,
  type DeliveryQuery,
  type DeliverySummary,
  deliveryPageSchema,
  deliverySchema,
  type Redeliver,
  type RedeliverAll,
  type Redelivered,
  redeliveredSchema,
  type Sink,
  sinkListSchema,
} from './contract/deliveries.ts'
import type { Page } from './contract/paging.ts'
import type { Transport } from './transport.ts'

export interface DeliveriesApi {
  get(id: string): Promise<Delivery>
  list(filter?: Partial<DeliveryQuery>): Promise<Page<DeliverySummary>>
  /** One that was delivered or given up. */
  redeliver(id: string, request: Redeliver): Promise<Delivery>
  /** All that a sink has not taken. */
  redeliverAll(request: RedeliverAll): Promise<Redelivered>
}

export interface SinksApi {
  list(): Promise<Sink[]>
}

export function createDeliveriesApi(transport: Transport): { deliveries: DeliveriesApi; sinks: SinksApi } {
  const post = async <Answer>(path: string, body: unknown, answer: z.ZodType<Answer>) =>
    (await transport.ask({ method: 'POST', path, body, answer, repeatable: false })).value
  const pathOf = (id: string) => `/v1/deliveries/${encodeURIComponent(id)}`

  return {
    deliveries: {
      async get(id) {
        const path = pathOf(id)
        return (await transport.ask({ method: 'GET', path, answer: deliverySchema, repeatable: true })).value
      },
      async list(query = {}) {
        const path = '/v1/deliveries'
        return (await transport.ask({ method: 'GET', path, query, answer: deliveryPageSchema, repeatable: true })).value
      },
      redeliver: (id, request) => post(`${pathOf(id)}/redeliver`, request, deliverySchema),
      redeliverAll: (request) => post('/v1/deliveries/redeliver', request, redeliveredSchema),
    },
    sinks: {
      async list() {
        const path = '/v1/sinks'
        return (await transport.ask({ method: 'GET', path, answer: sinkListSchema, repeatable: true })).value.items
      },
    },
  }
}
