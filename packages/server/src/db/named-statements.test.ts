import { describe, expect, test } from 'vitest'
import { type Connected, createNamedStatements } from './named-statements.ts'

/** A connection whose server says that its process is `pid`; whoever took the connection told `told`. */
async function connected({ told, pid, mayName = () => true }: { told: number; pid: number; mayName?: () => boolean }) {
  const sent: string[] = []
  let nowMs = 0
  const connection: Connected = {
    processID: told,
    query: async (text) => {
      sent.push(text)
      return { rows: [{ pid }], rowCount: 1, command: 'SELECT', oid: 0, fields: [] }
    },
  }
  const statements = createNamedStatements(connection, { mayName, now: () => nowMs })
  statements.begin()
  await Promise.resolve()
  const use = (text: string, times = 1) => Array.from({ length: times }, () => statements.nameOf(text)).at(-1)
  const after = (ms: number) => {
    nowMs += ms
    sent.length = 0
    statements.begin()
    return sent
  }
  return { sent, use, after }
}

const direct = { told: 7, pid: 7 }

describe('a statement', () => {
  test('has a name from the third time on, always the same and its own', async () => {
    const { use } = await connected(direct)
    expect([use('select 1'), use('select 1'), use('select 1'), use('select 1')]).toEqual([
      undefined,
      undefined,
      'becket_1',
      'becket_1',
    ])
    expect(use('select 2', 3)).toBe('becket_2')
    expect(use('select 1')).toBe('becket_1')
  })

  test('has none behind a pooler, which tells a process that is not the server’s', async () => {
    const { use } = await connected({ told: 1_234_567, pid: 7 })
    expect(use('select 1', 10)).toBeUndefined()
  })

  test('has none any more once names were found not to last', async () => {
    let mayName = true
    const { use } = await connected({ ...direct, mayName: () => mayName })
    expect(use('select 1', 3)).toBe('becket_1')
    mayName = false
    expect(use('select 1')).toBeUndefined()
  })

  test('has none where there are too many, and those that have one keep it', async () => {
    const { use } = await connected(direct)
    const given = Array.from({ length: 2_000 }, (_, number) => use(`select ${number}`, 3))
    expect(given.filter((name) => name !== undefined)).toHaveLength(200)
    expect(use('select 0')).toBe('becket_1')
  })
})

describe('plans', () => {
  test('are made anew after one second, then after two, four, and at last each minute', async () => {
    const { use, after } = await connected(direct)
    use('select 1', 3)
    const waited: number[] = []
    let seconds = 0
    for (let second = 1; second <= 250; second++) {
      seconds++
      if (!after(1_000).includes('discard plans')) continue
      waited.push(seconds)
      seconds = 0
    }
    expect(waited).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  test('are left alone where no statement has a name', async () => {
    const { after } = await connected(direct)
    expect(after(1_000_000)).toEqual([])
  })
})
