import { expect, test } from 'vitest'
import { findProvider, providers } from './registry.ts'

test('every provider is found by its name, and nothing else is', () => {
  for (const provider of providers) expect(findProvider(provider.name)).toBe(provider)
  expect(findProvider('constructor')).toBeNull()
})

test.each(providers.map((provider) => [provider.name, provider] as const))(
  '%s: no operation is overdue after its deadline, and unknown options are refused',
  (_, { operations, options }) => {
    expect(Object.keys(operations)).not.toHaveLength(0)
    for (const { expectWithinMs, deadlineMs } of Object.values(operations))
      expect(expectWithinMs).toBeLessThan(deadlineMs)
    expect(options.safeParse({ read: { output: '/x' }, banana: 1 }).success).toBe(false)
  },
)

test('LlamaParse of v1 refuses what only v2 knows, and each region has its address', () => {
  const llamaParse = findProvider('llamaparse')
  expect(llamaParse?.options.safeParse({ api: 'v1', webhookSecret: 'test-secret' }).error?.issues[0]).toMatchObject({
    path: ['webhookSecret'],
    message: expect.stringContaining('api: v2'),
  })
  expect(llamaParse?.baseUrl?.(llamaParse.options.parse({ region: 'eu' }))).toBe('https://api.cloud.eu.llamaindex.ai')
  expect(llamaParse?.verify?.(llamaParse.options.parse({}))).toBeNull()
})
