import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPassage, NobodyTakes, type Passage } from './passage.ts'

async function taken({ content }: Passage): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  return pieces
}

describe('a passage', () => {
  test('gives every piece, in order, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 })), async (shown) => {
        const passage = createPassage()
        const taking = taken(passage)
        for (const piece of shown) await passage.show(Buffer.from(piece))
        passage.end()
        expect(await taking).toEqual(shown.map((piece) => Buffer.from(piece)))
      }),
    )
  })

  test('holds back who shows until the piece was taken', async () => {
    const passage = createPassage()
    const [pieces] = [passage.content[Symbol.asyncIterator]()]
    let isTaken = false
    const showing = passage.show(Buffer.from('a')).then(() => {
      isTaken = true
    })
    expect(await pieces.next()).toMatchObject({ value: Buffer.from('a') })
    await new Promise(setImmediate)
    expect(isTaken).toBe(false)
    const next = pieces.next()
    await showing
    expect(isTaken).toBe(true)
    passage.end()
    expect(await next).toMatchObject({ done: true })
  })

  test('that ends with an error gives nobody a whole content', async () => {
    const passage = createPassage()
    const taking = taken(passage)
    await passage.show(Buffer.from('half'))
    passage.end(new Error('cut short'))
    await expect(taking).rejects.toThrow('cut short')
  })

  test('tells who shows that nobody takes: before the first piece, amid one, and after', async () => {
    const never = createPassage()
    const waiting = never.show(Buffer.from('a'))
    never.close()
    await expect(waiting).rejects.toThrow(NobodyTakes)
    await expect(never.show(Buffer.from('b'))).rejects.toThrow(NobodyTakes)

    const broken = createPassage()
    const taking = (async () => {
      for await (const _ of broken.content) throw new Error('the disk is full')
    })()
    const showing = broken.show(Buffer.from('a'))
    await expect(showing).rejects.toThrow(NobodyTakes)
    await expect(taking).rejects.toThrow('the disk is full')
  })
})
