/** An object as a stream that is read when it is read from: for what is passed on and need not be held. */
import { Readable } from 'node:stream'
import type { Storage } from './storage.ts'

/** Ends with an error where the object turns out not to be readable. */
export function streamObject(storage: Storage, key: string): Readable {
  /** Lets the scan go on: somebody wants more, or nobody wants anything any more. */
  let goOn = () => {}
  let isAsked = false
  const stream = new Readable({
    read() {
      if (!isAsked) {
        isAsked = true
        void pass()
      }
      goOn()
    },
    destroy(error, done) {
      goOn()
      done(error)
    },
  })

  async function pass(): Promise<void> {
    try {
      const answer = await storage.scan(key, async (piece) => {
        // A copy: a piece is valid only until the next one.
        if (stream.push(Buffer.from(piece))) return
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
        if (stream.destroyed) throw new Error('nobody reads on')
      })
      if (answer.kind === 'found') stream.push(null)
      else stream.destroy(new Error(`${key}: ${answer.kind}: ${answer.reason}`))
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return stream
}
