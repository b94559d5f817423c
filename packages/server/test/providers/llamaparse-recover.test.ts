/** Questions to LlamaParse over real HTTP: the status, the text. */
import { describe, expect, test } from 'vitest'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import { createBench, expected, signal } from './bench.ts'

const bench = createBench()

describe('asking', () => {
  async function asking(status: number, body: unknown, headers: Record<string, string> = {}) {
    const paths: string[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.get('/*', ({ url }, reply) => {
        paths.push(url)
        return reply.code(status).headers(headers).send(body)
      })
    })
    return {
      paths,
      v1: bench.source(llamaParse, { baseUrl, options: { api: 'v1' } }),
      v2: bench.source(llamaParse, { baseUrl }),
    }
  }

  test.each<[unknown, object]>([
    [{ id: 'j1', status: 'PENDING' }, { kind: 'pending' }],
    [
      { id: 'j1', status: 'SUCCESS' },
      { kind: 'outcome', outcome: { verdict: 'succeeded', output: { ref: 'j1' } } },
    ],
    [{ status: 'SUCCESS' }, { kind: 'outcome', outcome: { verdict: 'succeeded', output: { ref: 'j1' } } }],
    [
      { id: 'j1', status: 'ERROR' },
      { kind: 'outcome', outcome: { verdict: 'failed' } },
    ],
    [{ job: { id: 'j1', status: 'COMPLETED' } }, { kind: 'outcome', outcome: { verdict: 'succeeded' } }],
    [
      { id: 'j2', status: 'SUCCESS' },
      { kind: 'unavailable', reason: expect.stringContaining('another job') },
    ],
    [
      { id: 'j1', status: 'WUNDERBAR' },
      { kind: 'unavailable', reason: expect.stringContaining('WUNDERBAR') },
    ],
    [[], { kind: 'unavailable' }],
    ['fine', { kind: 'unavailable' }],
  ])('a status of %j', async (body, answer) => {
    const { v1, v2, paths } = await asking(200, body)
    expect(await v1.check?.(expected, signal)).toMatchObject(answer)
    expect(await v2.check?.(expected, signal)).toMatchObject(answer)
    expect(paths).toEqual(['/api/v1/parsing/job/j1', '/api/v2/parse/j1'])
  })

  test.each<[number, Record<string, string>, object]>([
    [404, {}, { kind: 'missing' }],
    [500, {}, { kind: 'unavailable', reason: 'answered 500: because' }],
    [429, { 'retry-after': '3' }, { kind: 'unavailable', retryAfterMs: 3000 }],
    [401, {}, { kind: 'unavailable', reason: expect.stringContaining('region') }],
  ])('a status API that answers %d %j', async (status, headers, answer) => {
    const { v2 } = await asking(status, { detail: 'because' }, headers)
    expect(await v2.check?.(expected, signal)).toMatchObject(answer)
  })

  test('about a job whose id is not known, or would climb out of the path, calls nobody', async () => {
    const { v2, paths } = await asking(200, {})
    expect(await v2.check?.({ ...expected, externalId: null }, signal)).toMatchObject({ kind: 'unavailable' })
    expect(await v2.artifact?.({ ...expected, externalId: '..' }, signal)).toMatchObject({ kind: 'unavailable' })
    expect(await v2.collect?.({ ...expected, externalId: null }, { ref: null }, signal)).toMatchObject({
      kind: 'missing',
    })
    expect(paths).toEqual([])
  })

  test('for a text that is there already calls nobody', async () => {
    const { v2, paths } = await asking(500, {})
    expect(await v2.collect?.(expected, { markdown: '' }, signal)).toEqual({
      kind: 'collected',
      output: { markdown: '' },
    })
    expect(paths).toEqual([])
  })

  test('for the text of v2', async () => {
    const pages = [
      { page_number: 1, markdown: '# a' },
      { page_number: 2, markdown: 'b' },
    ]
    const { v2, paths } = await asking(200, { job: { id: 'j1', status: 'COMPLETED' }, markdown: { pages } })
    expect(await v2.artifact?.(expected, signal)).toEqual({ kind: 'found', output: { markdown: '# a\n\nb' } })
    expect(await v2.collect?.(expected, { ref: 'j7', partial: true }, signal)).toEqual({
      kind: 'collected',
      output: { markdown: '# a\n\nb', partial: true },
    })
    expect(paths).toEqual(['/api/v2/parse/j1?expand=markdown', '/api/v2/parse/j7?expand=markdown'])
  })

  test.each<[unknown, string]>([
    [{ job: { status: 'RUNNING' } }, 'missing'],
    [{ job: { status: 'FAILED', error_message: 'broken' } }, 'missing'],
    [{ job: { status: 'COMPLETED' } }, 'unavailable'],
    [{ job: { status: 'COMPLETED' }, markdown: null }, 'unavailable'],
    ['fine', 'unavailable'],
  ])('for the text of v2, answered with %j', async (body, kind) => {
    const { v2 } = await asking(200, body)
    expect(await v2.artifact?.(expected, signal)).toMatchObject({ kind })
    expect(await v2.collect?.(expected, { ref: 'j1' }, signal)).toMatchObject({ kind })
  })

  test.each<[number, unknown, string]>([
    [200, { markdown: 'text' }, 'found'],
    [200, { markdown: '' }, 'found'],
    [200, {}, 'unavailable'],
    [400, { detail: 'Job not completed yet' }, 'missing'],
    [404, { detail: 'Not Found' }, 'missing'],
    [503, { detail: 'Down' }, 'unavailable'],
  ])('for the text of v1, answered with %d %j', async (status, body, kind) => {
    const { v1, paths } = await asking(status, body)
    expect(await v1.artifact?.(expected, signal)).toMatchObject({ kind })
    expect(paths).toEqual(['/api/v1/parsing/job/j1/result/markdown'])
  })
})
