import { expect, test } from 'vitest'
import { drawFrame } from './frame.ts'
import { tinyMp4 } from './mp4.ts'

interface Box {
  type: string
  at: number
  body: Buffer
}

function boxesIn(bytes: Buffer): Box[] {
  const found: Box[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at)
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), at, body: bytes.subarray(at + 8, at + size) })
    at += size
  }
  return found
}

/** By the names of the boxes around it. */
function find(bytes: Buffer, ...path: string[]): Buffer {
  return path.reduce((within, type) => {
    const box = boxesIn(within).find((each) => each.type === type)
    if (box === undefined) throw new Error(`there is no ${type}`)
    return box.body
  }, bytes)
}

test('the boxes fill the file exactly, the description before the data', () => {
  const bytes = tinyMp4('a')
  expect(boxesIn(bytes).map(({ type }) => type)).toEqual(['ftyp', 'free', 'moov', 'mdat'])
  expect(boxesIn(find(bytes, 'moov', 'trak', 'mdia', 'minf', 'stbl')).map(({ type }) => type)).toEqual([
    'stsd',
    'stts',
    'stsc',
    'stsz',
    'stco',
  ])
})

test('the sample lies where the description says, and is as long as it says', () => {
  const bytes = tinyMp4('a')
  const table = find(bytes, 'moov', 'trak', 'mdia', 'minf', 'stbl')
  const offset = find(table, 'stco').readUInt32BE(8)
  const size = find(table, 'stsz').readUInt32BE(4)
  const data = boxesIn(bytes).find(({ type }) => type === 'mdat')
  expect([offset, size]).toEqual([(data?.at ?? 0) + 8, data?.body.length])
  // One unit, its length before it: a picture that needs no other.
  expect([bytes.readUInt32BE(offset) + 4, bytes.readUInt8(offset + 4)]).toEqual([size, 0x65])
})

test('two works have two videos, and one work always the same', () => {
  expect(tinyMp4('a')).toEqual(tinyMp4('a'))
  expect(tinyMp4('a').equals(tinyMp4('b'))).toBe(false)
})

test('nothing in a picture looks like the start of another', () => {
  for (let luma = 16; luma <= 235; luma++) {
    const { sps, pps, slice } = drawFrame({ luma, blue: 16, red: 235 })
    for (const unit of [sps, pps, slice]) {
      for (let at = 0; at + 2 < unit.length; at++) {
        const looksSo = unit[at] === 0 && unit[at + 1] === 0 && (unit[at + 2] ?? 4) <= 2
        expect(looksSo).toBe(false)
      }
    }
  }
})
