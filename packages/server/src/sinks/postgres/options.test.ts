import { describe, expect, it } from 'vitest'
import { postgresSink } from './postgres.ts'

describe('the options of a postgres sink', () => {
  const base = { url: 'postgres://user:test-key@db.example.org/app', table: 'app.results' }

  it.each<[string, object]>([
    ['url', { url: 'mysql://db.example.org/app' }],
    ['table', { table: 'a.b.c' }],
    ['columns.state', { columns: { state: 'state' } }],
    ['updatedColumn', { updatedColumn: '' }],
    ['chunks.columns.id', { chunks: { table: 'app.chunks', columns: { id: true } } }],
    ['chunks.columns.text', { chunks: { table: 'app.chunks', columns: { text: false } } }],
    ['', { table: undefined }],
  ])('refuse a wrong %j', (path, more) => {
    const read = postgresSink.options.safeParse({ ...base, ...more })
    expect(read.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
    expect(JSON.stringify(read.error)).not.toContain('test-key')
  })

  it('show where it leads without the password', () => {
    const options = postgresSink.options.parse({ ...base, chunks: { table: 'app.chunks' } })
    expect(postgresSink.destination(options, null)).toBe(
      'postgres://user:***@db.example.org/app app.results app.chunks',
    )
  })
})
