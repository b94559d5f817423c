import { expect, it } from 'vitest'
import { hintOfFullDisk } from './full-disk.ts'

it('is told from what the system says, and from what PostgreSQL says', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  const log = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
  for (const said of [full, log])
    expect(hintOfFullDisk(said)).toMatchObject({ hint: expect.stringContaining('make room') })
})

it('is not suspected behind another failure', () => {
  const refused = Object.assign(new Error('open'), { code: 'EACCES' })
  for (const said of [refused, 'FATAL:  could not bind', undefined]) expect(hintOfFullDisk(said)).toBeNull()
})
