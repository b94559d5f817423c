import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFsStorage } from '../../src/storage/fs.ts'

async function setup() {
  const parent = await mkdtemp(join(tmpdir(), 'becket-fs-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const directory = join(parent, 'not', 'yet', 'made')
  return { directory, storage: createFsStorage({ directory }) }
}

describe('objects as files', () => {
  it('lie in a directory made at the first write, for our user only', async () => {
    const { directory, storage } = await setup()
    expect(await storage.put('documents/doc_1/source.pdf', Buffer.from('x'), 'application/pdf')).toEqual({
      kind: 'stored',
    })
    const file = await stat(join(directory, 'documents/doc_1/source.pdf'))
    expect(file.mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, 'documents'))).mode & 0o777).toBe(0o700)
  })

  it('leave nothing half-written behind, be it stored or refused', async () => {
    const { directory, storage } = await setup()
    await storage.put('a', Buffer.from('x'), 'text/plain')
    // `a` is a file now, so nothing fits below it.
    expect(await storage.put('a/b', Buffer.from('x'), 'text/plain')).toMatchObject({ kind: 'malformed' })
    expect(await readdir(join(directory, '.incoming'))).toEqual([])
    expect(await storage.get('a/b')).toMatchObject({ kind: 'missing' })
  })

  it('that a dead process left half-written are removed once they are old', async () => {
    const { directory, storage } = await setup()
    const incoming = join(directory, '.incoming')
    await mkdir(incoming, { recursive: true })
    await writeFile(join(incoming, 'old'), 'half')
    await writeFile(join(incoming, 'young'), 'half')
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(incoming, 'old'), twoHoursAgo, twoHoursAgo)
    await storage.put('a', Buffer.from('x'), 'text/plain')
    expect(await readdir(incoming)).toEqual(['young'])
  })

  it('are not called missing while their directory cannot be reached', async () => {
    const { directory, storage } = await setup()
    expect(await storage.get('a')).toMatchObject({ kind: 'unavailable' })
    expect(await storage.head('a')).toMatchObject({ kind: 'unavailable' })
    expect(await storage.delete('a')).toMatchObject({ kind: 'unavailable' })
    await mkdir(directory, { recursive: true })
    expect(await storage.get('a')).toMatchObject({ kind: 'missing' })
  })

  it('are malformed where something else stands in their place', async () => {
    const { directory, storage } = await setup()
    await mkdir(join(directory, 'a', 'directory'), { recursive: true })
    expect(await storage.get('a/directory')).toMatchObject({ kind: 'malformed' })
    expect(await storage.head('a/directory')).toMatchObject({ kind: 'malformed' })
    expect(await storage.put('a/directory', Buffer.from('x'), 'text/plain')).toMatchObject({ kind: 'malformed' })
    await symlink('loop', join(directory, 'loop'))
    expect(await storage.get('loop')).toMatchObject({ kind: 'malformed' })
  })
})
