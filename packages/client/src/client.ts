/**
 * The client of a Becket server, for Node and the browser.
 *
 *     const becket = createBecket({ url: 'http://localhost:7400', apiKey })
 *     const call = await becket.call({ source, operation, key }, ({ callbackUrl }) => provider.start(callbackUrl))
 *     const outcome = await call.outcome()
 */
import { type Calls, createCalls } from './call.ts'
import { createDeliveriesApi, type DeliveriesApi, type SinksApi } from './deliveries-api.ts'
import { createDocumentsApi, type DocumentsApi } from './documents-api.ts'
import { createExpectationsApi, type ExpectationsApi } from './expectations-api.ts'
import { createJobsApi, type JobsApi } from './jobs-api.ts'
import { createOperatorApi, type OperatorApi } from './operator-api.ts'
import { type Machine, realMachine } from './pace.ts'
import { createRunningApi, type RunningApi } from './running-api.ts'
import { createTransport } from './transport.ts'

export interface BecketOptions {
  /** Where the server is, `http://localhost:7400`. */
  url: string
  /** Empty for what needs no key. */
  apiKey: string
  fetch?: typeof globalThis.fetch
  /** How long one request may take, what the server was asked to wait not counted; default 30,000. */
  timeoutMs?: number
  /** Tries after the first, where a request may be repeated; default 4. 0 for whoever asks again soon anyway. */
  retries?: number
}

export interface Becket extends Calls, OperatorApi, RunningApi {
  deliveries: DeliveriesApi
  sinks: SinksApi
  expectations: ExpectationsApi
  jobs: JobsApi
  documents: DocumentsApi
}

/** `machine`: time, chance and rest; tests hand in their own. */
export function createBecket(options: BecketOptions, machine: Machine = realMachine): Becket {
  const transport = createTransport({
    url: options.url,
    apiKey: options.apiKey,
    // Bound late and without `this`: browsers refuse a fetch that was taken off its window.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    retries: options.retries ?? 4,
    machine,
  })
  const expectations = createExpectationsApi(transport)
  return {
    ...createCalls(transport, expectations, machine),
    ...createOperatorApi(transport),
    ...createDeliveriesApi(transport),
    ...createRunningApi(transport),
    expectations,
    jobs: createJobsApi(transport, machine),
    documents: createDocumentsApi(transport),
  }
}
