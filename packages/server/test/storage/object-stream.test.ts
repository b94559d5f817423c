import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createEncryptedStorage } from '../../src/storage/encrypted.ts'
import { streamObject } from '../../src/storage/object-stream.ts'
import { createMemoryStorage } from './memory-storage.ts'

async function setup() {
  const { storage: inner, objects } = createMemoryStorage()
  const storage = createEncryptedStorage({ inner, key: Buffer.alloc(32, 1) })
  const bytes = randomBytes(200_000)
  await storage.put('a/b', bytes, 'application/pdf')
  return { storage, objects, bytes }
}

it('gives an object byte for byte, as often as it is asked for', async () => {
  const { storage, bytes } = await setup()
  for (let time = 0; time < 2; time++) {
    const pieces = await streamObject(storage, 'a/b').toArray()
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  }
})

it('reads no further than it is read from', async () => {
  const { storage, bytes } = await setup()
  let seen = 0
  const counting = {
    ...storage,
    scan: (key: string, see: (piece: Buffer) => void | Promise<void>) =>
      storage.scan(key, (piece) => {
        seen += piece.length
        return see(piece)
      }),
  }
  for await (const _ of streamObject(counting, 'a/b')) break
  expect(seen).toBeLessThan(bytes.length)
})

it('ends with an error, and not as if it were whole, where the object cannot be read', async () => {
  const { storage, objects } = await setup()
  await expect(streamObject(storage, 'c/d').toArray()).rejects.toThrow(/missing/)
  const sealed = objects.get('a/b')
  if (sealed === undefined) throw new Error('nothing was stored')
  objects.set('a/b', sealed.subarray(0, -1))
  await expect(streamObject(storage, 'a/b').toArray()).rejects.toThrow(/malformed/)
})
