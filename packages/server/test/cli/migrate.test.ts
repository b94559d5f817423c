import { afterAll, describe, expect, it } from 'vitest'
import type { AppModule } from '../../src/cli/io.ts'
import { testDatabase } from '../database.ts'
import { createTerminal } from './terminal.ts'

const database = await testDatabase({ empty: true })
afterAll(() => database.drop())

const module: AppModule = {
  providers: [],
  sinkKinds: [],
  importProvider: async () => ({ kind: 'faulty', reason: 'there is none here' }),
  createApp: () => {
    throw new Error('migrate starts no server')
  },
  openDatabase: () => Promise.resolve({ db: database.db, close: () => Promise.resolve() }),
}

describe('becket migrate', () => {
  it('shows what is pending, applies it, and then has nothing to do', async () => {
    const { run } = await createTerminal({
      loadApp: () => Promise.resolve(module),
      env: { BECKET_LOG_LEVEL: 'silent' },
    })
    const before = await run('migrate', '--status')
    expect(before.code).toBe(1)
    expect(before.out).toContain('Apply them: becket migrate')
    expect((await run('migrate')).out).toMatch(/^Applied /)
    expect((await run('migrate')).out).toMatch(/^Nothing to do/)
    const after = await run('migrate', '--status', '--json')
    expect(after.code).toBe(0)
    expect(JSON.parse(after.out).pending).toEqual([])
  })
})
