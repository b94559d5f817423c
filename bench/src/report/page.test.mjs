import { expect, test } from 'vitest'
import { barsOf } from './bars.mjs'
import { handWritten, pageOf } from './page.mjs'

const result = (name, medians) => ({
  suite: name,
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'A processor', cores: 2, memoryBytes: 2 ** 34, system: 'Linux' },
  versions: { becket: 'abc1234', node: '22.0.0', harness: '20.0.0', postgres: '18.4', pg: '8.0.0' },
  settings: { clients: 128 },
  runs: {},
  medians,
})
const rates = (numbers) => Object.fromEntries(Object.entries(numbers).map(([name, perSecond]) => [name, { perSecond }]))
const standing = (all) => new Map(barsOf(all).map(({ what, isMet, found }) => [what, { isMet, found }]))

test('without results every bar is not measured, and the page says so', () => {
  expect(barsOf({}).map(({ isMet, found }) => [isMet, found])).toEqual(barsOf({}).map(() => [null, null]))
  expect(pageOf({}, undefined)).toContain('Nothing is measured yet.')
})

test('a peer is held against at its best, whatever number of clients that was', () => {
  const all = {
    'loop-32': result('loop-32', rates({ restate: 300 })),
    'loop-128': result('loop-128', rates({ becket: 1_000, restate: 350, ceiling: 2_000 })),
    'loop-512': result('loop-512', rates({ restate: 500 })),
  }
  const bars = standing(all)
  expect(bars.get('callback loop against Restate at its best')).toEqual({ isMet: false, found: '2.00×' })
  expect(bars.get('callback loop, 128 clients, against the ceiling')).toEqual({ isMet: false, found: '50.0 %' })
})

test('a share is never rounded up to its bar', () => {
  const all = { intake: result('intake', rates({ becket: 4_499, bare: 10_000 })) }
  expect(standing(all).get('intake against the bare route')).toEqual({ isMet: false, found: '44.9 %' })
})

test('history is judged by the part that suffers most, and not at all where a part is missing', () => {
  const parts = (loop, intake, jobs) => ({
    loop: { perSecond: loop },
    intake: { perSecond: intake },
    jobs: { perSecond: jobs },
  })
  const what = 'any of it with 10 million finished and 1 million waiting, against empty'
  const empty = parts(100, 100, 100)
  const grown = { 'becket, empty': empty, 'becket, 10 M': parts(95, 80, 99) }
  expect(standing({ growth: result('growth', grown) }).get(what)).toEqual({ isMet: false, found: '80.0 %' })
  const partial = { 'becket, empty': empty, 'becket, 10 M': { loop: { perSecond: 95 } } }
  expect(standing({ growth: result('growth', partial) }).get(what)).toEqual({ isMet: null, found: null })
})

test('one lost callback is one too many', () => {
  const row = { lost: 1, doubled: 0, p99: 12, drainedAfterSeconds: 3 }
  const all = { outage: { ...result('outage', { stopped: row }), settings: { rate: 500, seconds: 60 } } }
  expect(standing(all).get('database stopped under load: lost or doubled')).toEqual({ isMet: false, found: '1' })
  expect(standing(all).get('database stopped under load: p99 of the answers')?.isMet).toBe(true)
  expect(standing(all).get('database frozen under load: drained')?.isMet).toBeNull()
})

test('what was written by hand is still there after the page is made again', () => {
  const page = pageOf({}, undefined)
  const written = page.replace(handWritten(page), '## Where the time goes\n\nIn the sync of the log.')
  expect(handWritten(pageOf({}, written))).toBe('## Where the time goes\n\nIn the sync of the log.')
})

test('a page that lost its marks is refused, so that nothing written is lost with them', () => {
  expect(() => pageOf({}, '# Performance\n')).toThrow(/put back/)
})
