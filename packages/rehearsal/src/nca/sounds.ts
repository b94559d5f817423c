/** The smallest sounds that are some: a second of silence, as MP3 or WAV. The seed stands where players skip. */
import { createHash } from 'node:crypto'

// One frame of MPEG 1 layer III, 128 kbit/s, 44.1 kHz, mono: a header, and zeros, which decode to silence.
const FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0xc0]), Buffer.alloc(413)])
// Of 26 ms each.
const FRAMES_A_SECOND = 39
const SAMPLES_A_SECOND = 8000

export function tinyMp3(seed: string): Buffer {
  const text = Buffer.concat([Buffer.from([0]), Buffer.from(hashOf(seed), 'latin1')])
  const title = Buffer.concat([Buffer.from('TIT2\0\0\0', 'latin1'), Buffer.from([text.length, 0, 0]), text])
  const tag = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0', 'latin1'), Buffer.from([title.length]), title])
  return Buffer.concat([tag, ...Array.from({ length: FRAMES_A_SECOND }, () => FRAME)])
}

export function tinyWav(seed: string): Buffer {
  const note = chunk('note', Buffer.from(hashOf(seed), 'latin1'))
  const format = Buffer.alloc(16)
  // Whole numbers, mono, 8 bits each.
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(SAMPLES_A_SECOND, 4)
  format.writeUInt32LE(SAMPLES_A_SECOND, 8)
  format.writeUInt16LE(1, 12)
  format.writeUInt16LE(8, 14)
  const samples = chunk('data', Buffer.alloc(SAMPLES_A_SECOND, 128))
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE', 'latin1'), chunk('fmt ', format), note, samples]))
}

function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

/** 64 signs, so that every length above fits one byte, and is even. */
function hashOf(seed: string): string {
  return createHash('sha256').update(seed).digest('hex')
}
