import { expect, test } from 'vitest'
import { decideRedirect } from './redirect.ts'

const from = (method: string, status: number, location: string | undefined, baseOrigin: string | null = null) =>
  decideRedirect({ method, status, location, url: new URL('https://a.example/x?y=1'), baseOrigin })

test.each([301, 302, 303, 307, 308])('a GET follows %d, relative to where it is', (status) => {
  expect(from('GET', status, '../z')).toEqual({ kind: 'follow', url: new URL('https://a.example/z') })
})

test.each([301, 302, 303])('a POST that %d would turn into a GET comes back as it is', (status) => {
  expect(from('POST', status, '/z')).toEqual({ kind: 'stay' })
})

test('a POST goes on by 307 at the same origin only', () => {
  expect(from('POST', 307, '/z')).toEqual({ kind: 'follow', url: new URL('https://a.example/z') })
  expect(from('POST', 308, 'https://b.example/z')).toEqual({ kind: 'stay' })
})

test.each([
  [200, '/z'],
  [304, '/z'],
  [302, undefined],
  [302, 'http://['],
])('%d with location %j is an answer', (status, location) => {
  expect(from('GET', status, location)).toEqual({ kind: 'stay' })
})

test('no redirect leaves https', () => {
  expect(from('GET', 302, 'http://a.example/x').kind).toBe('refuse')
})

test("another host cannot point back into the source's own API", () => {
  expect(from('GET', 302, 'https://base.example/admin', 'https://base.example').kind).toBe('refuse')
})
