import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoted, readTableName } from './table-name.ts'

describe('the name of a table', () => {
  it.each<[string, string[] | null]>([
    ['orders', ['orders']],
    ['upload_pipeline.documents', ['upload_pipeline', 'documents']],
    ['"My Schema"."a.b"', ['My Schema', 'a.b']],
    ['"say ""hi"""', ['say "hi"']],
    ['a.b.c', null],
    ['a.', null],
    ['.b', null],
    ['a b', null],
    ['a;drop table b', null],
    ['"a', null],
    ['""', null],
    ['', null],
    ['a'.repeat(64), null],
  ])('%s is read as %j', (written, parts) => {
    expect(readTableName(written)).toEqual(parts)
  })

  it('that was quoted is read back as it was, whatever is in it', () => {
    const name = fc.string({ minLength: 1, maxLength: 15, unit: 'grapheme-ascii' })
    fc.assert(
      fc.property(name, name, (schema, table) => {
        expect(readTableName(quoted(schema, table))).toEqual([schema, table])
      }),
    )
  })
})
