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
    const [first, second, third, fourth] = [use('select 1'), use('select 1'), use('select 1'), use('select 1')]
    expect([first, second, third]).toEqual([undefined, undefined, expect.stringMatching(/^becket_[0-9a-f]{20}$/)])
    expect(fourth).toBe(third)
    expect(use('select 2', 3)).not.toBe(third)
    expect(use('select 1')).toBe(third)
  })

  test('has the same name on each connection: nobody’s name stands for another statement', async () => {
    const [one, other] = [await connected(direct), await connected(direct)]
    const first = one.use('select 1', 3)
    expect(other.use('select 2', 3)).not.toBe(first)
    expect(other.use('select 1', 3)).toBe(first)
  })

  test('has none behind a pooler, which tells a process that is not the server’s', async () => {
    const { use } = await connected({ told: 1_234_567, pid: 7 })
    expect(use('select 1', 10)).toBeUndefined()
  })

  test('has none any more once names were found not to last', async () => {
    let mayName = true
    const { use } = await connected({ ...direct, mayName: () => mayName })
    expect(use('select 1', 3)).toBeDefined()
    mayName = false
    expect(use('select 1')).toBeUndefined()
  })

  test('has none where there are too many, and those that have one keep it', async () => {
    const { use } = await connected(direct)
    const given = Array.from({ length: 2_000 }, (_, number) => use(`select ${number}`, 3))
    expect(new Set(given.filter((name) => name !== undefined)).size).toBe(200)
    expect(use('select 0')).toBe(given[0])
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
