/** What a provider makes up for trying a source out, it reads itself: as a success of the work that was named. */
import { describe, expect, it } from 'vitest'
import type { Provider } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'

const facts = { externalId: 'work-1', deliveryId: 'evt-1', atMs: 1_764_000_000_000 }

/** The options of a source that have no default, by provider. */
const needed: Record<string, Record<string, unknown>> = {
  http: {
    read: { externalId: '/data/id', status: '/status', succeeded: ['done'], output: '/data', eventId: '/event' },
  },
}

function readSample(provider: Provider, operation: string, options: unknown) {
  const request = () => Promise.reject(new Error('reading a callback calls nobody'))
  const source = provider.create({ id: provider.name, options, outbound: { request, download: request } })
  const body = Buffer.from(JSON.stringify(provider.sample?.({ ...facts, operation }, options)))
  const callback = { method: 'POST', headers: {}, body, hints: {} }
  return { reading: source.read(callback), eventId: source.eventId?.(callback) ?? null }
}

describe('the sample of a provider', () => {
  const able = providers.filter(({ sample }) => sample !== undefined)
  const cases = able.flatMap((provider) =>
    Object.keys(provider.operations).map((operation) => ({ provider, operation, name: provider.name })),
  )

  it.each(cases)('is a success of the work that is named: $name $operation', ({ provider, operation, name }) => {
    const { reading } = readSample(provider, operation, provider.options.parse(needed[name] ?? {}))
    expect(reading).toMatchObject({ kind: 'outcome', externalId: 'work-1', outcome: { verdict: 'succeeded' } })
  })
})

describe('the sample of an API that is described by pointers', () => {
  const http = providers.find(({ name }) => name === 'http')
  it.each([
    ['names with slashes and tildes in them', { externalId: '/a~1b/~0id', status: '/s', succeeded: [1] }],
    ['places in a list', { externalId: '/items/0/id', status: '/items/0/state', succeeded: ['ok'] }],
    ['only an output that proves success', { externalId: '/id', output: '/result/url' }],
    [
      'an output that holds the rest',
      { externalId: '/data/id', status: '/data/s', succeeded: ['ok'], output: '/data' },
    ],
  ])('is read with %s', (_, read) => {
    if (http === undefined) throw new Error('there is no provider http')
    const { reading } = readSample(http, '*', http.options.parse({ read }))
    expect(reading).toMatchObject({ kind: 'outcome', externalId: 'work-1', outcome: { verdict: 'succeeded' } })
  })

  it('carries the id of the delivery where the source says that there is one', () => {
    if (http === undefined) throw new Error('there is no provider http')
    expect(readSample(http, '*', http.options.parse(needed.http)).eventId).toBe('evt-1')
  })
})
