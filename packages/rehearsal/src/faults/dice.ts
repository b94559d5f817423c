/**
 * Chance that can be repeated. Each throw is a hash of the seed, the operation, what is decided, and a stable key of
 * the work (the file's SHA-256 and the attempt), never the next number of a shared generator: so the same work meets the
 * same luck in whatever order it arrives.
 */
import { createHash } from 'node:crypto'

export interface Dice {
  /** In [0, 1). */
  roll(operation: string, question: string, key: string): number
}

export function createDice(seed: string | number): Dice {
  return {
    roll(operation, question, key) {
      // The parts as JSON: no two different triples can make the same text.
      const digest = createHash('sha256')
        .update(JSON.stringify([String(seed), operation, question, key]))
        .digest()
      // 48 bits: all that fits a double exactly, with room to spare.
      return digest.readUIntBE(0, 6) / 2 ** 48
    },
  }
}
