/** The file of the spool, on a real disk: what it promised is there, in order, and what it cannot promise is refused. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSpoolFile } from '../../src/intake/spool-file.ts'
import { newId } from '../../src/store/new-id.ts'
import { startChild } from '../child.ts'
import { testAsRoot } from '../outside.ts'
import { idsIn, MIB, smallDisk, temporaryDirectory } from './setup.ts'

const entry = (bytes = 100) => ({ id: newId('callback'), record: Buffer.alloc(bytes, 7) })

describe('the file of the spool', () => {
  test('keeps what was put in the order of the ids, across being closed', async () => {
    await using directory = await temporaryDirectory()
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: MIB })
    const entries = Array.from({ length: 50 }, () => entry())
    await Promise.all([...entries].reverse().map(file.put))
    await file.close()
    const again = await openSpoolFile({ dataDir: directory.path, maxBytes: MIB })
    expect(idsIn(again)).toEqual(entries.map(({ id }) => id))
    expect(again.usage()).toMatchObject({ waiting: 50, setAside: 0, oldestId: entries[0]?.id, fault: null })
    again.remove(entries.slice(0, 20).map(({ id }) => id))
    expect(idsIn(again)).toEqual(entries.slice(20).map(({ id }) => id))
    await again.close()
  })

  test('gives a batch that is bounded in number and in bytes, and a large record alone', async () => {
    await using directory = await temporaryDirectory()
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: 8 * MIB })
    const [first, large, last] = [entry(), entry(2 * MIB), entry()]
    for (const each of [first, large, last]) await file.put(each)
    const idsAfter = (after: string | null, entries: number) =>
      file.read(after, { entries, bytes: MIB }).map(({ id }) => id)
    expect(idsAfter(null, 5)).toEqual([first.id])
    expect(idsAfter(first.id, 5)).toEqual([large.id])
    expect(idsAfter(large.id, 5)).toEqual([last.id])
    const lengths = file.read(null, { entries: 2, bytes: 8 * MIB }).map(({ record }) => record.length)
    expect(lengths).toEqual([100, 2 * MIB])
    await file.close()
  })

  test('takes no more than it may take on the disk, and takes again what was made room for', async () => {
    await using directory = await temporaryDirectory()
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: MIB })
    const put = Array.from({ length: 300 }, () => entry(8_000))
    const outcomes = await Promise.allSettled(put.map(file.put))
    const taken = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(taken).toBeGreaterThan(50)
    expect(file.usage()).toMatchObject({ waiting: taken, fault: null })
    expect(file.usage().bytes).toBeLessThanOrEqual(MIB)
    const refused = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(refused?.reason).toMatchObject({
      code: 'UNAVAILABLE',
      hint: expect.stringContaining('intake.spool.maxBytes'),
    })
    file.remove(idsIn(file))
    expect(file.usage()).toMatchObject({ waiting: 0, bytes: 0 })
    await file.put(entry())
    await file.close()
  })

  test('sets aside what is not to be read again, counts it, and gives it back when asked', async () => {
    await using directory = await temporaryDirectory()
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: MIB })
    const [good, bad] = [entry(), entry()]
    await Promise.all([file.put(good), file.put(bad)])
    file.setAside([bad])
    expect(idsIn(file)).toEqual([good.id])
    expect(file.usage()).toMatchObject({ waiting: 1, setAside: 1 })
    expect(file.restore()).toBe(1)
    expect(idsIn(file)).toEqual([good.id, bad.id])
    expect(file.usage()).toMatchObject({ waiting: 2, setAside: 0 })
    await file.close()
  })

  test('is refused at the start, by name and with what to do, where another file lies in its place', async () => {
    await using directory = await temporaryDirectory()
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: MIB })
    await file.close()
    await writeFile(join(directory.path, 'spool', 'data.mdb'), Buffer.alloc(50_000, 1))
    await expect(openSpoolFile({ dataDir: directory.path, maxBytes: MIB })).rejects.toMatchObject({
      code: 'SPOOL_UNUSABLE',
      detail: expect.stringContaining('data.mdb is damaged'),
      hint: expect.stringContaining('Keep a copy'),
    })
  })

  test('is refused at the start where the directory cannot be made', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'spool'), 'a file')
    await expect(openSpoolFile({ dataDir: directory.path, maxBytes: MIB })).rejects.toMatchObject({
      code: 'SPOOL_UNUSABLE',
      detail: expect.stringContaining('EEXIST'),
    })
  })

  test('holds after a kill all that it had said to hold', async () => {
    await using directory = await temporaryDirectory()
    const child = startChild(new URL('file-child.ts', import.meta.url), [directory.path])
    const said: unknown[] = []
    while (said.length < 500) said.push(await child.next())
    child.process.kill('SIGKILL')
    await child.ended
    const file = await openSpoolFile({ dataDir: directory.path, maxBytes: 64 * MIB })
    expect(idsIn(file)).toEqual(expect.arrayContaining(said))
    await file.put(entry())
    await file.close()
    expect(await readdir(join(directory.path, 'spool'))).toContain('data.mdb')
  })
})

testAsRoot(
  'a full disk is told to whom it concerns, stops the writing, not the reading, and is over when there is room',
  async () => {
    await using disk = await smallDisk()
    const file = await openSpoolFile({ dataDir: disk.path, maxBytes: 64 * MIB })
    const taken: string[] = []
    let refused: unknown
    while (refused === undefined) {
      const next = entry(20_000)
      await file.put(next).then(
        () => taken.push(next.id),
        (error: unknown) => {
          refused = error
        },
      )
    }
    expect(refused).toMatchObject({ code: 'SPOOL_UNUSABLE', hint: expect.stringContaining('The disk is full') })
    await expect(file.put(entry())).rejects.toMatchObject({ code: 'SPOOL_UNUSABLE' })
    await disk.grow()
    await file.mend()
    expect(idsIn(file)).toEqual(taken)
    expect(file.usage().fault).toBeNull()
    await file.put(entry())
    file.remove(taken)
    await file.close()
  },
)
