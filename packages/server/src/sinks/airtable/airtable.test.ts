import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deliveryOf, resultWith } from '../../../test/sinks/bench.ts'
import { resolvePointer } from '../../core/json-pointer.ts'
import { judgeAttachments, nextLookMs } from './memory.ts'
import { airtableOptions } from './options.ts'
import { followRecipe } from './recipe.ts'
import { answerToAll, readRefusal } from './refusal.ts'
import { cellsOf, enclosuresOf } from './row.ts'

const written = { base: 'appAbCdEfGhIjKlMn', table: 'Jobs' }
const problemsOf = (more: object) =>
  airtableOptions.safeParse({ ...written, ...more }).error?.issues.map(({ message }) => message) ?? []

describe('statuses', () => {
  it('map the exact word, else the word of its end, and are never left to chance', () => {
    const options = airtableOptions.parse({
      ...written,
      statuses: { completed: 'Done', failed: 'Error', failed_parse: 'No text', expired: 'Lost' },
    })
    const statusOf = (more: Parameters<typeof resultWith>[0]) => cellsOf(resultWith(more), options).Status
    expect(statusOf({ status: 'complete' })).toBe('Done')
    expect(statusOf({ type: 'job.deadletter', state: 'deadletter', status: 'failed_parse' })).toBe('No text')
    expect(statusOf({ type: 'job.cancelled', state: 'cancelled', status: 'cancelled' })).toBe('Error')
    expect(statusOf({ type: 'expectation.expired', state: 'expired', status: null })).toBe('Lost')
    expect(statusOf({ type: 'job.deadletter', status: 'a word of a pipeline of your own' })).toBe('Error')
  })

  it('that lack an end, or name what never ends, are told at the start', () => {
    expect(problemsOf({ statuses: { completed: 'Done' } })).toEqual([expect.stringContaining('`failed` is missing')])
    expect(problemsOf({ statuses: { completed: 'a', failed: 'b', complet: 'c' } })).toEqual([
      expect.stringContaining('did you mean `complete`?'),
    ])
    expect(problemsOf({ statuses: { completed: 'a', failed: 'b', processing: 'c' } })).toHaveLength(1)
  })
})

describe('cells', () => {
  it('hold texts, numbers and ticks as they are, lists as JSON, and nothing where there is nothing', () => {
    const result = { a: { 'b/c': [1, true, { d: 'e' }] }, list: ['x'] }
    const follow = (recipe: string) => followRecipe(recipe, (pointer) => resolvePointer(result, pointer))
    expect(['/a/b~1c/0', '/a/b~1c/1', '/a/b~1c/2', '/list/length', '/toString'].map(follow)).toEqual([
      1,
      true,
      '{"d":"e"}',
      null,
      null,
    ])
    expect(follow('{/a/b~1c/0} of {/list/0}, {/nothing}.')).toBe('1 of x, .')
  })

  it('are told to be wrong at the start where a pointer is none', () => {
    expect(problemsOf({ fields: { Status: '/a~2' } })).toEqual([expect.stringContaining('/a~2')])
    expect(problemsOf({ fields: { Status: 'See {/a~}' } })).toHaveLength(1)
    expect(problemsOf({ attachments: { Video: 'output' } })).toHaveLength(1)
    expect(problemsOf({ base: 'tblNotABase' })).toHaveLength(1)
  })

  it('never throw, whatever the result is made of', () => {
    const options = airtableOptions.parse({ ...written, fields: { A: '/output/a/0', B: '{/output}' } })
    fc.assert(
      fc.property(fc.jsonValue(), (output) => {
        const { A, B } = cellsOf(resultWith({ output }), options)
        expect(A === null || typeof A !== 'object').toBe(true)
        expect(typeof B).toBe('string')
      }),
    )
  })
})

describe('attachments', () => {
  const contentType = 'application/octet-stream'
  const options = airtableOptions.parse({ ...written, attachments: { Video: '/output/files', Text: '/output/parsed' } })

  it('are files of ours, by key or path, and addresses; a field for which there is none is left alone', () => {
    const files = [{ key: 'videos/1/film.mp4' }, 'notes.txt', { url: 'https://files.example.org/a%20b.mp4?x=1' }, 7]
    const { result } = deliveryOf(resultWith({ output: { files } }))
    expect(enclosuresOf(result, options)).toEqual({
      Video: [
        { at: { kind: 'stored', key: 'videos/1/film.mp4' }, filename: 'film.mp4', contentType },
        { at: { kind: 'stored', key: 'notes.txt' }, filename: 'notes.txt', contentType },
        { at: { kind: 'address', url: 'https://files.example.org/a%20b.mp4?x=1' }, filename: 'a%20b.mp4', contentType },
      ],
    })
    expect(enclosuresOf(resultWith({ output: { parsed: { path: 'p/a.md' } } }), options)).toEqual({
      Text: [{ at: { kind: 'stored', key: 'p/a.md' }, filename: 'a.md', contentType }],
    })
  })

  it('are attached only with size and type, all of them', () => {
    const wanted = { Video: enclosuresOf(resultWith({ output: { files: ['a', 'b'] } }), options).Video ?? [] }
    const judge = (files: unknown, linkAgeMs = 0) =>
      judgeAttachments({ id: 'rec', fields: { Video: files } }, wanted, linkAgeMs).kind
    const whole = { size: 1, type: 'video/mp4' }
    expect(judge([whole, whole])).toBe('attached')
    expect(judge([whole, { url: 'https://files.example.org/b' }])).toBe('fetching')
    expect(judge([whole, { ...whole, size: 0 }])).toBe('fetching')
    expect(judge([whole, {}], 3_600_001)).toBe('lost')
    expect([judge([whole]), judge(undefined), judge('odd')]).toEqual(['lost', 'lost', 'lost'])
  })

  it('are looked for less and less often, and at least every ten minutes', () => {
    expect([0, 1, 2, 7, 1_000].map(nextLookMs)).toEqual([5_000, 10_000, 20_000, 600_000, 600_000])
  })
})

it('what Airtable says is read in each of its forms, and anything else is told by its status', () => {
  const read = (status: number, body: unknown) => {
    const { type, message } = readRefusal(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
    return [type, message]
  }
  expect(read(422, { error: { type: 'UNKNOWN_FIELD_NAME', message: 'Unknown field name: "x"' } })).toEqual([
    'UNKNOWN_FIELD_NAME',
    'Unknown field name: "x"',
  ])
  expect(read(404, { error: 'NOT_FOUND' })).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  expect(read(429, { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Slow' }] })).toEqual([
    'RATE_LIMIT_REACHED',
    'Slow',
  ])
  expect(read(502, '<html>')).toEqual(['HTTP_502', 'it answered 502'])
})

it('a table that is not there is not taken for a missing right alone, since Airtable tells them not apart', () => {
  const told = (type: string) =>
    answerToAll({ status: 403, type, message: 'no' }, { sink: 'films', where: 'table Nope of base appX' })
  expect(told('INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND')).toMatchObject({
    kind: 'retry',
    error: {
      message: expect.stringMatching(
        /^There is no table Nope of base appX, or .* Check sinks\.films\.base and \.table/,
      ),
    },
  })
  expect(told('INVALID_PERMISSIONS')).toMatchObject({
    error: { message: expect.stringMatching(/^The key may not write to table Nope/) },
  })
})
