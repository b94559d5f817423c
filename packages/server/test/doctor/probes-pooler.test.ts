/** What a pooler in transaction mode takes away, and which of several URLs is then the one to use. */
import { expect, test } from 'vitest'
import { chooseCandidate } from '../../src/doctor/probes/candidates.ts'
import { probeDatabase } from '../../src/doctor/probes/database.ts'
import { testWith } from '../outside.ts'
import { climbOne, createProbeBench, failures, refusedPort, signal } from './probes-bench.ts'

const bench = createProbeBench()
const everything = { preparedStatements: true, listen: true, advisoryLocks: true }

testWith('pgbouncer', 'in transaction mode, what a session would keep is found lost', async (url) => {
  const ladder = await climbOne(url, { mode: everything })
  expect(ladder).toMatchObject({ kind: 'transaction pooler', works: false })
  expect(failures(ladder)).toEqual(['mode DB04', 'mode DB05', 'mode DB05'])
})

testWith('pgbouncer', 'Becket itself runs in transaction mode, and misses its signals only', async (url) => {
  const ladder = await climbOne(url)
  expect(ladder).toMatchObject({ kind: 'transaction pooler', works: true })
  expect(failures(ladder)).toEqual(['mode DB05'])
})

testWith('pgbouncer', 'of several URLs the one is named that was seen to work', async (url) => {
  const direct = await bench.database()
  const ladders = await probeDatabase(url, { signal, mode: everything, candidates: [direct.url] })
  expect(chooseCandidate(ladders)).toMatchObject({
    status: 'fail',
    remedy: expect.stringContaining('candidate 1'),
    evidence: expect.stringMatching(/database does not: mode fail; candidate 1 works \(direct\)/),
  })
})

test('of several URLs of which the configured one works, none other is proposed', async () => {
  const { url } = await bench.database()
  const closed = `postgres://u:test-password@127.0.0.1:${await refusedPort()}/d`
  const good = await probeDatabase(url, { signal, candidates: [closed] })
  const bad = await probeDatabase(closed, { signal, candidates: [`${closed}2`] })
  expect(chooseCandidate(good)).toMatchObject({ status: 'pass', remedy: null })
  expect(chooseCandidate(bad)).toMatchObject({ status: 'fail', evidence: expect.stringMatching(/none of them works/) })
  expect(chooseCandidate(good.slice(0, 1))).toBeNull()
})
