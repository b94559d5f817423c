import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnswerText, readListing } from './s3-xml.ts'

const list = (inside: string) =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</ListBucketResult>`)
const entry = (key: string, size = '5') => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`

describe('a list of objects', () => {
  it('has their names and sizes, and how to go on', () => {
    const inside = `<IsTruncated>true</IsTruncated>${entry('a/b', '12')}${entry('c')}
      <NextContinuationToken>1/+=</NextContinuationToken>`
    expect(readListing(list(inside))).toEqual({
      kind: 'listed',
      objects: [
        { key: 'a/b', storedBytes: 12 },
        { key: 'c', storedBytes: 5 },
      ],
      next: '1/+=',
    })
  })

  it('may be empty', () => {
    expect(readListing(list('<IsTruncated>false</IsTruncated>'))).toEqual({ kind: 'listed', objects: [], next: null })
  })

  it('has names as they are, whether the storage encoded them or not', () => {
    expect(readListing(list(entry('a&amp;b &#x2603;')))).toMatchObject({ objects: [{ key: 'a&b ☃' }] })
    const encoded = `<EncodingType>url</EncodingType>${entry('a%26b+%E2%98%83')}`
    expect(readListing(list(encoded))).toMatchObject({ objects: [{ key: 'a&b ☃' }] })
  })

  it.each([
    ['a page of a gateway', Buffer.from('<html><body>ok</body></html>')],
    ['cut off on the way', list(entry('a')).subarray(0, -9)],
    ['with a document type', Buffer.from('<!DOCTYPE x []><ListBucketResult></ListBucketResult>')],
    ['with a section that is not read', list('<Contents><Key><![CDATA[a]]></Key><Size>1</Size></Contents>')],
    ['with an object without a size', list('<Contents><Key>a</Key></Contents>')],
    ['with a size that is no number', list(entry('a', '1e3'))],
    ['with a name that cannot be decoded', list(`<EncodingType>url</EncodingType>${entry('%zz')}`)],
    ['cut off by the storage, without a way on', list('<IsTruncated>true</IsTruncated>')],
    ['empty', Buffer.alloc(0)],
  ])('that is %s is no list', (_name, body) => {
    expect(readListing(body)).toMatchObject({ kind: 'unavailable' })
  })

  it('is read or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['listed', 'unavailable']).toContain(readListing(Buffer.from(text)).kind)
        expect(['listed', 'unavailable']).toContain(readListing(list(text)).kind)
      }),
    )
  })
})

it('an answer is read only by its own name', () => {
  const body = Buffer.from('<Begun><UploadId>a&lt;1</UploadId></Begun>')
  expect(readAnswerText(body, 'Begun', 'UploadId')).toBe('a<1')
  expect(readAnswerText(body, 'Ended', 'UploadId')).toBeNull()
  expect(readAnswerText(body, 'Begun', 'Key')).toBeNull()
})
