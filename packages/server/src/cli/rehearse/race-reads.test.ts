import type { Entry } from '@becket/rehearsal'
import { expect, test } from 'vitest'
import { judgeReads } from './race-reads.ts'

const isProvenFirst = (path: string) => path.startsWith('raw/')

function deeds(...seen: readonly [Entry<'object'>['operation'], string, Entry<'object'>['outcome']][]) {
  return seen.map(
    ([operation, path, outcome], index): Entry<'object'> => ({
      kind: 'object',
      bucket: 'documents',
      operation,
      path,
      outcome,
      attempt: 1,
      status: 200,
      seq: index + 1,
      atMs: index,
    }),
  )
}

test('every read of what was said to be there, and was not got, is an access error', () => {
  const entries = deeds(
    ['head', 'former/a', 'missing'],
    ['put', 'former/a', 'done'],
    ['head', 'former/a', 'not-yet-visible'],
    ['get', 'former/a', 'unavailable'],
    ['get', 'former/a', 'empty'],
    ['get', 'former/a', 'done'],
  )
  expect(judgeReads(entries, isProvenFirst)).toEqual(new Map([['former/a', { accessErrors: 4, waits: 0 }]]))
})

test('a read before the first that got the object is a wait, where nothing is said before; each one after counts', () => {
  const entries = deeds(
    ['put', 'raw/a', 'done'],
    ['get', 'raw/a', 'not-yet-visible'],
    ['get', 'raw/a', 'empty'],
    ['get', 'raw/a', 'done'],
    ['get', 'raw/a', 'empty'],
    ['get', 'raw/a', 'stale'],
    ['get', 'raw/b', 'done'],
  )
  const reads = judgeReads(entries, isProvenFirst)
  expect(reads.get('raw/a')).toEqual({ accessErrors: 2, waits: 2 })
  expect(reads.get('raw/b')).toEqual({ accessErrors: 0, waits: 0 })
})
