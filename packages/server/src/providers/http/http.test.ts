import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resolvePointer } from '../../core/json-pointer.ts'
import type { Expected, InboundCallback } from '../provider.ts'
import { isPointer } from './json-pointer.ts'
import { httpOptions, originsOf } from './options.ts'
import { readCallback, readEventId } from './read.ts'
import { faultOfTemplate, fillTemplate } from './url-template.ts'

const orders = httpOptions.parse({
  read: {
    externalId: '/data/id',
    status: '/data/status',
    succeeded: ['done', 200],
    failed: ['error'],
    pending: ['working'],
    output: '/data/result',
    error: '/data/error',
    eventId: '/event',
  },
})

const callback = (body: unknown): InboundCallback => ({
  method: 'POST',
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  hints: {},
})
const read = (data: unknown) => readCallback(callback({ data }), orders.read)

const expected: Expected = {
  id: 'exp_1',
  operation: 'cut',
  key: 'order 7/8',
  externalId: 'j?1',
  artifactUrl: null,
  input: null,
  submittedAtMs: 0,
  artifactBefore: null,
}

describe('callbacks by pointers', () => {
  test('bring success, failure and progress, whatever the case of the word', () => {
    expect(read({ id: 7, status: 'DONE', result: { url: 'u' } })).toEqual({
      kind: 'outcome',
      externalId: '7',
      outcome: { verdict: 'succeeded', output: { url: 'u' } },
    })
    expect(read({ id: 'a', status: 200 })).toMatchObject({ outcome: { verdict: 'succeeded', output: null } })
    expect(read({ id: 'a', status: 'error', error: { code: 'E1', message: 'broken' } })).toMatchObject({
      outcome: { verdict: 'failed', error: { code: 'E1', message: 'broken', retryable: false } },
    })
    expect(read({ status: 'error' })).toMatchObject({ outcome: { error: { code: 'PROVIDER_FAILED' } } })
    expect(read({ id: 'a', status: 'working' })).toEqual({ kind: 'progress', externalId: 'a' })
  })

  test.each<unknown>([{ status: 'odd' }, { status: null }, { status: {} }, {}, null, 'text', []])(
    '%j is unreadable, never a failure',
    (data) => {
      expect(read(data).kind).toBe('unreadable')
    },
  )

  test('without a status the output proves success, and an error failure', () => {
    const bare = httpOptions.parse({ read: { output: '/url', error: '/error' } })
    const readBare = (body: unknown) => readCallback(callback(body), bare.read)
    expect(readBare({ url: 'u' })).toMatchObject({ outcome: { verdict: 'succeeded', output: 'u' } })
    expect(readBare({ error: 'broken', url: null })).toMatchObject({ outcome: { error: { message: 'broken' } } })
    expect(readBare({ url: '', error: null }).kind).toBe('unreadable')
  })

  test('name their delivery where the source says where', () => {
    expect(readEventId(callback({ event: 'e1' }), orders.read.eventId)).toBe('e1')
    expect(readEventId(callback({ event: null }), orders.read.eventId)).toBeNull()
    expect(readEventId(callback('rubbish'), orders.read.eventId)).toBeNull()
    expect(readEventId(callback({ event: 'e1' }), undefined)).toBeNull()
  })

  test('any bytes and any JSON get a reading', () => {
    const bodies = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        const inbound = { ...callback(''), body }
        expect(['outcome', 'progress', 'unreadable']).toContain(readCallback(inbound, orders.read).kind)
      }),
    )
  })
})

describe('pointers', () => {
  test.each([
    ['', { a: 1 }, { a: 1 }],
    ['/a/b', { a: { b: 1 } }, 1],
    ['/a/1', { a: [1, 2] }, 2],
    ['/a~1b/m~0n', { 'a/b': { 'm~n': 1 } }, 1],
    ['/a/-', { a: [1] }, undefined],
    ['/a/01', { a: [1, 2] }, undefined],
    ['/constructor', {}, undefined],
    ['/__proto__', {}, undefined],
    ['/a/b', { a: 'text' }, undefined],
  ])('%j in %j', (pointer, value, found) => {
    expect(resolvePointer(value, pointer)).toEqual(found)
  })

  test.each(['data', '/a~', '/a~2', 'a/b'])('%j is none', (text) => {
    expect(isPointer(text)).toBe(false)
  })
})

describe('URL templates', () => {
  test('are filled so that nothing climbs out of its segment', () => {
    expect(fillTemplate('https://a.example/{operation}/{key}/{externalId}', expected)).toEqual({
      kind: 'url',
      url: 'https://a.example/cut/order%207%2F8/j%3F1',
    })
    expect(fillTemplate('/jobs/{externalId}', { ...expected, externalId: '..' }).kind).toBe('lacking')
    expect(fillTemplate('/jobs/{externalId}', { ...expected, externalId: '\ud800' }).kind).toBe('lacking')
    expect(fillTemplate('/jobs/{externalId}', { ...expected, externalId: null })).toEqual({
      kind: 'lacking',
      reason: '{externalId} is not known yet',
    })
  })

  test.each([
    ['https://{key}.example/x', /host written out/],
    ['https://a.example{key}/x', /host written out/],
    ['//a.example/x', /host written out/],
    ['ftp://a.example/x', /host written out/],
    ['jobs/{key}', /host written out/],
    ['/jobs/{externalID}', /\{externalId\} in place of \{externalID\}/],
    ['/jobs/{banana}', /\{key\}, \{operation\}, \{id\} in place of \{banana\}/],
    ['/jobs/{key', /brace/],
  ])('%s cannot be used', (template, fault) => {
    expect(faultOfTemplate(template)).toMatch(fault)
  })

  test('no value of a placeholder changes the origin or the number of segments', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (externalId) => {
        const filled = fillTemplate('https://a.example/x/{externalId}/y', { ...expected, externalId })
        if (filled.kind === 'lacking') return
        const url = new URL(filled.url)
        expect([url.origin, url.pathname.split('/').length, url.search, url.hash]).toEqual([
          'https://a.example',
          4,
          '',
          '',
        ])
      }),
    )
  })
})

describe('options', () => {
  test('name the origins that they lead to', () => {
    const options = httpOptions.parse({
      read: { output: '/url' },
      check: { url: 'https://api.example.org/orders/{externalId}', status: '/status', succeeded: ['done'] },
      artifact: { url: 'https://files.example.org/{externalId}.mp4' },
    })
    expect(originsOf(options)).toEqual(['https://api.example.org', 'https://files.example.org'])
    expect(
      originsOf(httpOptions.parse({ read: { output: '/url' }, check: { url: '/jobs/{key}', output: '/url' } })),
    ).toEqual([])
  })

  test.each<[unknown, RegExp]>([
    [{}, /read/],
    [{ read: {} }, /output/],
    [{ read: { status: '/s' } }, /succeeded/],
    [{ read: { succeeded: ['done'] } }, /status/],
    [{ read: { output: 'url' } }, /JSON pointer/],
    [{ read: { output: '/url', outptu: '/x' } }, /outptu/],
    [{ read: { output: '/url' }, check: { url: '/x/{id}' } }, /output/],
    [{ read: { output: '/url' }, artifact: { url: '/files/{id}' } }, /whole URL/],
    [{ read: { output: '/url' }, keyHeader: 'a b' }, /header/],
  ])('%j is refused with what is wrong', (options, fault) => {
    const parsed = httpOptions.safeParse(options)
    expect(parsed.success).toBe(false)
    expect(JSON.stringify(parsed.error?.issues)).toMatch(fault)
  })
})
