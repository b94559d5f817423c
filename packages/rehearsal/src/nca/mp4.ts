/**
 * The smallest MP4 that is one: a second of a single picture, its colour drawn from a seed, so that two works have two
 * videos. For machines without FFmpeg.
 */
import { createHash } from 'node:crypto'
import { drawFrame, FRAME_SIZE } from './frame.ts'

const TIMESCALE = 1000
const DURATION = 1000

// Left, right, top and bottom as they are.
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32)

export function tinyMp4(seed: string): Buffer {
  const hash = createHash('sha256').update(seed).digest()
  const shade = (at: number) => 16 + (hash.readUInt8(at) % 220)
  const { sps, pps, slice } = drawFrame({ luma: shade(0), blue: shade(1), red: shade(2) })
  const sample = Buffer.concat([u32(slice.length), slice])
  const head = Buffer.concat([
    box('ftyp', text('isom'), u32(0x200), text('isomiso2avc1mp41')),
    // Where players skip, the seed stands: no two works have the same bytes.
    box('free', hash),
  ])
  const movieAt = (dataAt: number) => movie(sps, pps, sample.length, dataAt)
  // The size of the description does not depend on the offset that it names.
  const dataAt = head.length + movieAt(0).length + 8
  return Buffer.concat([head, movieAt(dataAt), box('mdat', sample)])
}

function movie(sps: Buffer, pps: Buffer, sampleBytes: number, dataAt: number): Buffer {
  const movieHeader = full(
    'mvhd',
    0,
    u32(0),
    u32(0),
    u32(TIMESCALE),
    u32(DURATION),
    u32(0x10000),
    u16(0x100),
    zeros(10),
    ...MATRIX,
    zeros(24),
    u32(2),
  )
  const trackHeader = full(
    'tkhd',
    // Enabled, in the movie.
    3,
    u32(0),
    u32(0),
    u32(1),
    zeros(4),
    u32(DURATION),
    zeros(16),
    ...MATRIX,
    u32(FRAME_SIZE << 16),
    u32(FRAME_SIZE << 16),
  )
  const mediaHeader = full('mdhd', 0, u32(0), u32(0), u32(TIMESCALE), u32(DURATION), u16(0x55c4), u16(0))
  const handler = full('hdlr', 0, u32(0), text('vide'), zeros(12), text('video\0'))
  const samples = box(
    'stbl',
    full('stsd', 0, u32(1), sampleEntry(sps, pps)),
    full('stts', 0, u32(1), u32(1), u32(DURATION)),
    full('stsc', 0, u32(1), u32(1), u32(1), u32(1)),
    full('stsz', 0, u32(sampleBytes), u32(1)),
    full('stco', 0, u32(1), u32(dataAt)),
  )
  // The data is in this very file.
  const references = box('dinf', full('dref', 0, u32(1), full('url ', 1)))
  const information = box('minf', full('vmhd', 1, zeros(8)), references, samples)
  return box('moov', movieHeader, box('trak', trackHeader, box('mdia', mediaHeader, handler, information)))
}

function sampleEntry(sps: Buffer, pps: Buffer): Buffer {
  // Version, profile and level as the sequence says, lengths in four bytes, one of each parameter set.
  const configuration = [
    Buffer.from([1, 66, 0xc0, 10, 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  ]
  return box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(FRAME_SIZE),
    u16(FRAME_SIZE),
    u32(0x480000),
    u32(0x480000),
    u32(0),
    u16(1),
    zeros(32),
    u16(24),
    u16(0xffff),
    box('avcC', ...configuration),
  )
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([u32(body.length + 8), text(type), body])
}

/** A box with a version, 0, and flags. */
function full(type: string, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(flags), ...parts)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

function zeros(count: number): Buffer {
  return Buffer.alloc(count)
}
