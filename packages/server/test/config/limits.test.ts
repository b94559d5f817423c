import { describe, expect, it } from 'vitest'
import { createWorkplace } from './workplace.ts'

const source = (...lines: string[]) => ({
  'becket.yaml': ['sources:', '  parser:', '    provider: llamaparse', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  ),
})

describe('the limits of a source', () => {
  it('are none unless somebody says so', async () => {
    const { load } = await createWorkplace(source())
    const { parser } = (await load()).config.sources
    expect(parser?.rate).toBeUndefined()
    expect(parser?.operations.parse?.concurrency).toBeUndefined()
  })

  it('are a rate, whose burst is a second’s worth, and how many may be in hand', async () => {
    const { load } = await createWorkplace(
      source('rate: { perSecond: 4.5 }', 'operations: { parse: { concurrency: 20 } }'),
    )
    const { parser } = (await load()).config.sources
    expect(parser?.rate).toEqual({ perSecond: 4.5, burst: 5 })
    expect(parser?.operations.parse?.concurrency).toBe(20)
  })

  it('may be one request in five seconds', async () => {
    const { load } = await createWorkplace(source('rate: { perSecond: 0.2, burst: 3 }'))
    expect((await load()).config.sources.parser?.rate).toEqual({ perSecond: 0.2, burst: 3 })
  })

  it.each([
    ['rate: { perSecond: 0 }', 'rate.perSecond'],
    ['rate: { burst: 3 }', 'rate.perSecond'],
    ['rate: { perSecond: 5, burst: 0 }', 'rate.burst'],
    ['operations: { parse: { concurrency: 0 } }', 'operations.parse.concurrency'],
    ['operations: { parse: { concurency: 5 } }', 'concurrency'],
  ])('of %s are refused by name', async (line, where) => {
    const { load } = await createWorkplace(source(line))
    await expect(load()).rejects.toThrow(where)
  })
})
