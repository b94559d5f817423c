import { describe, expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { createGroupCommit } from '../../src/intake/group-commit.ts'
import type { NewCallback } from '../../src/store/callbacks.ts'
import { noRoom } from '../../src/store/handover.ts'
import { newId } from '../../src/store/new-id.ts'
import { MINUTE, setup, sha256, somebody } from './setup.ts'

function callback(facts: Partial<NewCallback> = {}): NewCallback {
  const id = newId('callback')
  return {
    id,
    source: 'parser',
    receivedAtMs: Date.now(),
    method: 'POST',
    url: '/in/parser',
    headers: [['content-type', 'application/json']],
    body: Buffer.from('{}'),
    remoteAddress: '192.0.2.1',
    verdict: 'verified',
    verdictReason: null,
    tokenExpectation: null,
    hints: {},
    dedupKey: sha256(id),
    bodyHash: sha256('{}'),
    ...facts,
  }
}

describe('callbacks that are stored together', () => {
  it('go in one transaction, whatever their number up to the limit', async () => {
    await using spine = await setup()
    let transactions = 0
    const db = {
      ...spine.db,
      tx: <Result>(...args: Parameters<typeof spine.db.tx<Result>>) => {
        transactions++
        return spine.db.tx(...args)
      },
    }
    const commit = createGroupCommit({ db, room: noRoom(() => {}) })
    await Promise.all(Array.from({ length: 150 }, () => commit.add(callback())))
    expect(transactions).toBe(1)
    expect(await spine.count('callback')).toBe(150)
    expect(await spine.wakeups('callback')).toHaveLength(150)
  })

  it('are all stored but the poisonous one, which fails alone', async () => {
    await using spine = await setup()
    const commit = createGroupCommit({ db: spine.db, room: noRoom(() => {}) })
    const poison = callback({ remoteAddress: 'a\u0000b' })
    const good = Array.from({ length: 20 }, () => callback())
    const answers = await Promise.allSettled([...good.slice(0, 9), poison, ...good.slice(9)].map(commit.add))
    expect(answers.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
    expect(answers[9]?.status).toBe('rejected')
    expect(await spine.count('callback')).toBe(20)
    expect(await spine.count('callback_claim')).toBe(20)
  })

  it('of two batches that share identities never wait for each other: each delivery is first or a duplicate', async () => {
    await using spine = await setup()
    const keys = Array.from({ length: 30 }, (_, index) => sha256(`key ${index}`))
    const commits = [1, 2, 3].map(() => createGroupCommit({ db: spine.db, room: noRoom(() => {}) }))
    const orders = [keys, [...keys].reverse(), [...keys.slice(15), ...keys.slice(0, 15)]]
    const stored = await Promise.all(
      commits.flatMap((commit, index) => (orders[index] ?? []).map((dedupKey) => commit.add(callback({ dedupKey })))),
    )
    expect(stored.filter(({ fate }) => fate === 'received')).toHaveLength(30)
    expect(stored.filter(({ fate }) => fate === 'duplicate')).toHaveLength(60)
    expect(await spine.count('callback_claim')).toBe(30)
    expect(await spine.wakeups('callback')).toHaveLength(30)
  })
})

describe('a body', () => {
  it.each<[string, Buffer]>([
    ['that is empty', Buffer.alloc(0)],
    ['that is no text', Buffer.from([0, 1, 2, 254, 255])],
    ['with U+0000 in its JSON', Buffer.from('{"id":"a\\u0000b","status":"done"}')],
    ['with half a surrogate pair', Buffer.from('{"id":"\\ud800","status":"done","output":"\\udfff"}')],
    ['of a megabyte', Buffer.alloc(1024 * 1024, 'x')],
  ])('%s is kept byte for byte, and gets through the matcher', async (_, body) => {
    await using spine = await setup()
    const id = await spine.callBack({ body })
    await spine.worker().drain()
    const row = await spine.callback(id)
    expect(row.body.equals(body)).toBe(true)
    expect(['orphan', 'quarantined']).toContain(row.fate)
    expect(await spine.wakeups('callback')).toEqual([])
  })

  it('with U+0000 in its outcome settles, and the outcome is kept as it was said', async () => {
    await using spine = await setup()
    const request = { source: 'parser', operation: 'parse', key: 'k', externalId: 'ext-1' }
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.callBack({ body: '{"id":"ext-1","status":"done","output":"a\\u0000b\\ud800"}' })
    await spine.worker().drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded' })
    const shown = await spine.expectations.get(expectation.id, { waitMs: 0, signal: AbortSignal.abort() })
    expect(shown?.outcome).toBe('a\u0000b\ud800')
  })
})

describe('while the database is away', () => {
  it('nothing is acknowledged: the provider is told to come again, and nothing is half stored', async () => {
    await using spine = await setup()
    const away = createPool({ url: 'postgres://nobody@127.0.0.1:1/nothing', max: 1 })
    const intake = spine.intakeOn(away)
    await expect(intake.receive(spine.request({ id: 'ext-1' }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      status: 503,
      retryable: true,
      retryAfterMs: 5_000,
    })
    await away.close()
    expect(await spine.count('callback')).toBe(0)
    // The provider's retry is no duplicate of what was never stored.
    const id = await spine.callBack({ id: 'ext-1' })
    expect(await spine.callback(id)).toMatchObject({ fate: 'orphan' })
  })

  it('a commit that fails leaves no identity claimed: the retry is read', async () => {
    await using spine = await setup()
    const broken = {
      ...spine.db,
      tx: <Result>(work: (tx: Parameters<Parameters<typeof spine.db.tx>[0]>[0]) => Promise<Result>) =>
        spine.db.tx(async (tx) => {
          await work(tx)
          throw new Error('the connection broke before the commit')
        }),
    }
    await expect(spine.intakeOn(broken).receive(spine.request({ id: 'ext-1', eventId: 'e1' }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    const id = await spine.callBack({ id: 'ext-1', eventId: 'e1' })
    expect(await spine.callback(id)).toMatchObject({ fate: 'orphan', duplicate_of: null })
  })
})

describe('what anybody may send', () => {
  it('is kept only up to so many bytes a day where it is refused', async () => {
    await using spine = await setup()
    const intake = spine.intakeOn(spine.db, 10_000)
    for (let turn = 0; turn < 10; turn++) {
      const forged = spine.request({ by: 'forgery', body: Buffer.alloc(1_000, 'x') })
      await expect(intake.receive(forged)).rejects.toMatchObject({ code: 'CALLBACK_REFUSED' })
    }
    expect(await spine.count('callback')).toBe(3)
  })

  it('never shows a token of ours in what is stored', async () => {
    await using spine = await setup()
    const request = { source: 'parser', operation: 'parse', key: 'k' }
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.callBack({ by: 'token', expectationId: expectation.id, query: '?token=k1.abc' })
    const token = expectation.callbackUrl?.split('/t/')[1] ?? ''
    const rows = await spine.all<{ everything: string }>(
      `select convert_from(url, 'UTF8') || convert_from(headers, 'UTF8') || hints::text as everything from becket.callback`,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.everything).not.toContain(token.split('.')[2])
    await spine.pass(MINUTE)
  })
})
