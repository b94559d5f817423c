import { expect, test } from 'vitest'
import { createLedger, type Deed } from './ledger.ts'

const lost = (jobId: string): Deed => ({ kind: 'callback-lost', jobId })

test('entries keep their order and their time', () => {
  let nowMs = 10
  const ledger = createLedger({ now: () => nowMs })
  ledger.record(lost('a'))
  nowMs = 20
  ledger.record(lost('b'))
  expect(ledger.entries()).toMatchObject([
    { seq: 1, atMs: 10, jobId: 'a' },
    { seq: 2, atMs: 20, jobId: 'b' },
  ])
  expect(ledger.ofJob('b')).toHaveLength(1)
  expect(ledger.entries('callback')).toEqual([])
})

test('a full ledger drops its oldest entries and goes on counting them', () => {
  const ledger = createLedger({ maxEntries: 10 })
  for (let index = 0; index < 100; index++) ledger.record(lost(String(index)))
  expect(ledger.entries().length).toBeLessThanOrEqual(12)
  expect(ledger.entries().at(-1)).toMatchObject({ seq: 100, jobId: '99' })
  expect(ledger.summary().callbacks.lost).toBe(100)
})

test('waiting ends with an entry of the past or of the future', async () => {
  const ledger = createLedger()
  const future = ledger.waitFor('callback-lost', ({ jobId }) => jobId === 'b')
  ledger.record(lost('a'))
  ledger.record(lost('b'))
  expect(await future).toMatchObject({ jobId: 'b' })
  expect(await ledger.waitFor('callback-lost')).toMatchObject({ jobId: 'a' })
})

test('waiting in vain says what was waited for', async () => {
  const ledger = createLedger()
  await expect(ledger.waitFor('job-finished', () => true, { timeoutMs: 1 })).rejects.toThrow('`job-finished`')
  const aborted = AbortSignal.abort(new Error('test is over'))
  await expect(ledger.waitFor('check', () => true, { signal: aborted })).rejects.toThrow('`check`')
})

test('who watches sees what comes, until it is enough', () => {
  const ledger = createLedger()
  const seen: string[] = []
  const end = ledger.watch((entry) => seen.push(entry.kind))
  ledger.record({ kind: 'callback-lost', jobId: 'a' })
  end()
  ledger.record({ kind: 'job-forgotten', jobId: 'a' })
  expect(seen).toEqual(['callback-lost'])
})
