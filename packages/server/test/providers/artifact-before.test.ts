/** Whether what lies at an artifact's address is the output of this work: storages as they are, and expectations on a real database. */
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { ArtifactBefore } from '../../src/core/artifact-before.ts'
import { type FileQuestion, lookAtFile, lookBefore } from '../../src/providers/stored-file.ts'
import { createWire } from '../outbound/wire.ts'

const wire = createWire()
const signal = new AbortController().signal
const submittedMs = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT')

type Lies = { status?: number; headers?: Record<string, string>; body?: string }

/** A storage whose one object changes while it is asked. */
async function setup(first: Lies, heads: 'answered' | 'refused' = 'answered') {
  const now = { lies: first }
  const answer = (response: ServerResponse, isHead: boolean) => {
    const { status = 200, headers = {}, body = 'content' } = now.lies
    response.writeHead(isHead && heads === 'refused' ? 403 : status, { 'content-length': body.length, ...headers })
    response.end(isHead ? undefined : body)
  }
  const { origin, seen } = await wire.serve(({ method }, response) => answer(response, method === 'HEAD'))
  const { outbound } = wire.open({ baseUrl: origin })
  const where = { url: '/out.mp4', method: 'HEAD', authenticated: false } as const
  const look = (before: ArtifactBefore | null, more: Partial<FileQuestion> = {}) => {
    const advice = { unauthorized: '' }
    const question = { ...where, notBeforeMs: submittedMs, before, isItsOwn: false, advice, ...more }
    return lookAtFile(outbound, question, signal)
  }
  return { now, seen, look, before: () => lookBefore(outbound, where, signal) }
}

describe('at an address that other work had before,', () => {
  test('a stale object with its old tag is missing, and another one found', async () => {
    const { now, before, look } = await setup({ headers: { etag: '"old"' } })
    const baseline = await before()
    expect(await look(baseline)).toEqual({ kind: 'missing' })
    now.lies = { headers: { etag: '"new"' }, body: 'other' }
    expect(await look(baseline)).toMatchObject({ kind: 'found', file: { etag: '"new"', bytes: 5 } })
  })

  test('an object that appears later is found, without any date or tag', async () => {
    const { now, before, look } = await setup({ status: 404 })
    const baseline = await before()
    expect(baseline).toEqual({ kind: 'absent' })
    expect(await look(baseline)).toEqual({ kind: 'missing' })
    now.lies = {}
    expect(await look(baseline)).toMatchObject({ kind: 'found' })
  })

  test('an object of no bytes is missing, before and after', async () => {
    const { before, look } = await setup({ body: '' })
    expect(await before()).toEqual({ kind: 'absent' })
    expect(await look({ kind: 'absent' })).toEqual({ kind: 'missing' })
  })

  test('a HEAD that is refused is made up for by a GET, both times', async () => {
    const { now, before, look } = await setup({ headers: { etag: '"old"' } }, 'refused')
    const baseline = await before()
    expect(baseline).toMatchObject({ kind: 'present', etag: '"old"' })
    expect(await look(baseline)).toEqual({ kind: 'missing' })
    now.lies = { headers: { etag: '"new"' } }
    expect(await look(baseline)).toMatchObject({ kind: 'found' })
  })

  test.each([
    ['403 without ListBucket', { status: 403 }],
    ['503 SlowDown, also of a HEAD', { status: 503, body: '<Error><Code>SlowDown</Code></Error>' }],
  ])('%s says nothing: then the date decides', async (_name, first) => {
    const { now, before, look } = await setup(first)
    const baseline = await before()
    expect(baseline).toEqual({ kind: 'unknown' })
    now.lies = { headers: { 'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT' } }
    expect(await look(baseline)).toEqual({ kind: 'missing' })
    now.lies = { headers: { 'last-modified': 'Sun, 22 Nov 2026 12:00:30 GMT' } }
    expect(await look(baseline)).toMatchObject({ kind: 'found' })
  })

  test("Supabase's 400 that means 404 is absent", async () => {
    const body = JSON.stringify({ statusCode: '404', error: 'not_found', message: 'Object not found' })
    const { before } = await setup({ status: 400, body })
    expect(await before()).toEqual({ kind: 'absent' })
  })

  test('without a date, and with nobody having looked, nothing is claimed and the reason says what to do', async () => {
    const { look } = await setup({})
    expect(await look(null)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('a name of its own'),
    })
    expect(await look(null, { isItsOwn: true })).toMatchObject({ kind: 'found' })
  })
})
