import { describe, expect, it } from 'vitest'
import { silentLog } from '../observe/log.ts'
import type { Expected, ListAnswer, ProviderSource } from '../providers/provider.ts'
import type { Source } from '../providers/sources.ts'
import { createRollCall } from './roll-call.ts'

const signal = new AbortController().signal

function expected(id: string, externalId: string | null = id): Expected {
  const rest = { operation: 'parse', key: id, artifactUrl: null, input: null, submittedAtMs: 0, artifactBefore: null }
  return { id, externalId, ...rest }
}

/** A status API that keeps count of how it was asked. */
function setup(list: (ids: string[], signal: AbortSignal) => Promise<ListAnswer>) {
  const listed: string[][] = []
  const alone: string[] = []
  const api: ProviderSource = {
    read: () => ({ kind: 'unreadable', reason: 'not asked here' }),
    check: async ({ id }) => {
      alone.push(id)
      return { kind: 'missing' }
    },
    list: (all, itsSignal) => {
      const ids = all.map(({ id }) => id)
      listed.push(ids)
      return list(ids, itsSignal)
    },
  }
  const source: Source = {
    id: 'parser',
    provider: 'scripted',
    enabled: true,
    api,
    verify: { scheme: 'none' },
    paths: [],
    operations: {},
    mayFetch: () => false,
    download: () => Promise.reject(new Error('nothing is downloaded here')),
  }
  const rollCall = createRollCall({ log: silentLog })
  const ask = (ids: readonly string[]) => Promise.all(ids.map((id) => rollCall.check(expected(id), source, signal)))
  return { rollCall, source, ask, listed, alone }
}

const pending = async (ids: string[]): Promise<ListAnswer> => ({
  kind: 'listed',
  answers: new Map(ids.map((id) => [id, { kind: 'pending' }])),
})

describe('a roll call', () => {
  it('asks about many at once, and about one alone', async () => {
    const { ask, listed, alone } = setup(pending)
    expect(await ask(['a', 'b', 'c'])).toEqual(Array.from({ length: 3 }, () => ({ kind: 'pending' })))
    await ask(['d'])
    expect(listed).toEqual([['a', 'b', 'c']])
    expect(alone).toEqual(['d'])
  })

  it('asks about 50 at most by one request', async () => {
    const { ask, listed } = setup(pending)
    await ask(Array.from({ length: 120 }, (_, index) => `exp_${index}`))
    expect(listed.map((ids) => ids.length)).toEqual([50, 50, 20])
  })

  it('asks alone about what the list does not tell, and what has no id there', async () => {
    const { rollCall, source, listed, alone } = setup((ids) => pending(ids.slice(0, 1)))
    const all = [expected('a'), expected('b'), expected('c', null)]
    const answers = await Promise.all(all.map((each) => rollCall.check(each, source, signal)))
    expect(answers.map((answer) => answer?.kind)).toEqual(['pending', 'missing', 'missing'])
    expect(listed).toEqual([['a', 'b']])
    expect(alone.sort()).toEqual(['b', 'c'])
  })

  it('tells all of an API that is down, and asks it no more for that', async () => {
    const { ask, alone } = setup(async () => ({ kind: 'unavailable', reason: 'it answered 503', isFault: true }))
    const answers = await ask(['a', 'b'])
    expect(answers.map((answer) => answer?.kind)).toEqual(['unavailable', 'unavailable'])
    expect(alone).toEqual([])
  })

  it.each([
    [
      'refuses it',
      async (): Promise<ListAnswer> => ({ kind: 'unavailable', reason: 'it answered 404', isFault: false }),
    ],
    ['has a fault in it', () => Promise.reject(new Error('a bug'))],
  ])('leaves the list out for a while where the provider %s', async (_, list) => {
    const { ask, listed, alone } = setup(list)
    await ask(['a', 'b'])
    await ask(['c', 'd'])
    expect(listed).toHaveLength(1)
    expect(alone).toEqual(['a', 'b', 'c', 'd'])
  })

  it('keeps the answer of the others when one of them goes away', async () => {
    let itsSignal: AbortSignal | undefined
    let answer: (given: ListAnswer) => void = () => undefined
    let isAsked: () => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve
    })
    const { rollCall, source } = setup((_, given) => {
      itsSignal = given
      isAsked()
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const [one, other] = [new AbortController(), new AbortController()]
    const gone = rollCall.check(expected('a'), source, one.signal)
    const left = rollCall.check(expected('b'), source, other.signal)
    await asked
    one.abort(new Error('stopped'))
    expect(itsSignal?.aborted).toBe(false)
    answer(await pending(['a', 'b']))
    await expect(gone).rejects.toThrow('stopped')
    expect(await left).toEqual({ kind: 'pending' })
  })
})
