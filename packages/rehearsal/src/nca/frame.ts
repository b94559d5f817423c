/**
 * One H.264 picture of a single colour, written bit by bit: 32 by 32 pixels, whose macroblocks carry their samples as they
 * are (I_PCM), so that nothing has to be encoded. Baseline profile: every player reads it.
 */

export const FRAME_SIZE = 32
const MACROBLOCKS_A_SIDE = FRAME_SIZE / 16

export interface Colour {
  /** Each from 16 to 235: a sample of 0 could look like a start code. */
  luma: number
  blue: number
  red: number
}

export interface Picture {
  /** The sequence's and the picture's parameters, which MP4 keeps apart. */
  sps: Buffer
  pps: Buffer
  slice: Buffer
}

export function drawFrame({ luma, blue, red }: Colour): Picture {
  const sps = createBits(0x67, 66, 0xc0, 10)
  sps.golomb(0, 0, 2, 1)
  sps.bits(0, 1)
  sps.golomb(MACROBLOCKS_A_SIDE - 1, MACROBLOCKS_A_SIDE - 1)
  // Whole frames, direct inference, no cropping, no usability information.
  sps.bits(0b1100, 4)

  const pps = createBits(0x68)
  pps.golomb(0, 0)
  pps.bits(0, 2)
  pps.golomb(0, 0, 0)
  pps.bits(0, 3)
  pps.golomb(0, 0, 0)
  // The slice says that it is not smoothed.
  pps.bits(0b100, 3)

  const slice = createBits(0x65)
  // The first macroblock, intra slices only, parameters 0.
  slice.golomb(0, 7, 0)
  slice.bits(0, 4)
  slice.golomb(0)
  slice.bits(0, 2)
  slice.golomb(0, 1)
  for (let block = 0; block < MACROBLOCKS_A_SIDE ** 2; block++) {
    slice.golomb(25)
    slice.align()
    slice.bytes(luma, 256)
    slice.bytes(blue, 64)
    slice.bytes(red, 64)
  }
  return { sps: sps.end(), pps: pps.end(), slice: slice.end() }
}

interface Bits {
  bits(value: number, count: number): void
  /** Unsigned Exp-Golomb, for small numbers; a signed 0 is written alike. */
  golomb(...values: number[]): void
  /** Zeros up to the next whole byte. */
  align(): void
  /** The same byte again and again; only where aligned. */
  bytes(value: number, count: number): void
  /** The stop bit, and the whole unit, made safe from looking like a start code. */
  end(): Buffer
}

function createBits(...head: number[]): Bits {
  const out = [...head]
  let open = 0
  let used = 0
  const put = (bit: number) => {
    open = (open << 1) | bit
    if (++used < 8) return
    out.push(open)
    open = 0
    used = 0
  }
  const bits = (value: number, count: number) => {
    for (let at = count - 1; at >= 0; at--) put((value >> at) & 1)
  }
  const align = () => {
    while (used > 0) put(0)
  }
  return {
    bits,
    align,
    golomb(...values) {
      for (const value of values) {
        const length = Math.floor(Math.log2(value + 1))
        bits(0, length)
        bits(value + 1, length + 1)
      }
    },
    bytes(value, count) {
      for (let index = 0; index < count; index++) out.push(value)
    },
    end() {
      put(1)
      align()
      return protect(out)
    },
  }
}

/** After two zero bytes, one of 0 to 3 is kept apart by a 3. */
function protect(bytes: readonly number[]): Buffer {
  const safe: number[] = []
  let zeros = 0
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      safe.push(3)
      zeros = 0
    }
    safe.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(safe)
}
