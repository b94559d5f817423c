/** The rehearsal in a process of its own, run from source. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { type ApartOptions, createRehearsalApart } from '../src/index.ts'

const runner = fileURLToPath(new URL('../../server/test/run-typescript.mjs', import.meta.url))
const program = fileURLToPath(new URL('../src/apart/rehearsal-process.ts', import.meta.url))

function setup(options: Partial<ApartOptions> = {}) {
  const children: ChildProcess[] = []
  const rehearsal = createRehearsalApart({ environment: 'test', seed: 1, ...options }, () => {
    const child = fork(runner, [program], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    children.push(child)
    return child
  })
  onTestFinished(() => rehearsal.stop())
  const child = () => {
    const [first] = children
    if (first === undefined) throw new Error('no process was started')
    return first
  }
  return { rehearsal, children, child }
}

test('its stand-ins answer, its ledger can be read, and it is gone when it was stopped', async () => {
  const { rehearsal, child } = setup()
  const { openai } = await rehearsal.start()
  const answer = await fetch(`${openai.baseUrl}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${openai.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'text-embedding-3-small', input: 'rope' }),
  })
  expect(answer.status).toBe(200)
  const { ledger, memoryBytes } = await rehearsal.report()
  expect(ledger.entries('embed')).toHaveLength(1)
  expect(ledger.entries('check')).toEqual([])
  expect(memoryBytes).toBeGreaterThan(20_000_000)
  await rehearsal.stop()
  await rehearsal.stop()
  expect(child().exitCode).toBe(0)
  await expect(rehearsal.report()).rejects.toMatchObject({ code: 'PROCESS_UNAVAILABLE' })
})

test('its faults change while it runs, and its report holds the rows of the Airtable', async () => {
  const { rehearsal } = setup({ airtable: {} })
  const { airtable } = await rehearsal.start()
  const create = async (Name: string) => {
    const answer = await fetch(`${airtable?.baseUrl}/v0/${airtable?.base}/Videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${airtable?.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ fields: { Name } }),
    })
    return answer.status
  }
  await rehearsal.change({ airtable: { error500: { attempts: 9 } } })
  expect(await create('a')).toBe(500)
  await rehearsal.change({ airtable: { error500: null } })
  expect(await create('b')).toBe(200)
  expect((await rehearsal.report()).rows).toMatchObject([{ table: 'Videos', fields: { Name: 'b' } }])
  await expect(rehearsal.change({ airtable: { error500: 2 } })).rejects.toThrow(/error500/)
})

test('a signal to the whole group does not take the providers away from a server that is stopping', async () => {
  const { rehearsal, child } = setup()
  await rehearsal.start()
  child().kill('SIGINT')
  child().kill('SIGTERM')
  expect((await rehearsal.report()).ledger.entries()).toEqual([])
})

test('a process that dies is named, not waited for', async () => {
  const { rehearsal, child } = setup()
  await rehearsal.start()
  const ended = once(child(), 'exit')
  const report = rehearsal.report()
  child().kill('SIGKILL')
  await expect(Promise.all([report, ended]).then(() => rehearsal.report())).rejects.toMatchObject({
    code: 'PROCESS_UNAVAILABLE',
  })
})

test('what is wrong is told before a process is started', async () => {
  const { rehearsal, children } = setup({ environment: 'production' })
  await expect(rehearsal.start()).rejects.toMatchObject({ code: 'STAND_IN_IN_PRODUCTION' })
  expect(() => createRehearsalApart({ environment: 'test', seed: 1, faults: { parse: { loss: 2 } } })).toThrow(/loss/)
  await rehearsal.stop()
  expect(children).toEqual([])
})
