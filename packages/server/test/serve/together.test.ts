import { describe, expect, it } from 'vitest'
import { testDatabase } from '../database.ts'
import { setup, until } from './setup.ts'

// 90 s: each makes a database of its own or starts several processes, which takes long where the machine is busy.
const LIMIT_MS = 90_000

describe.runIf(process.platform === 'linux')('two servers', { timeout: LIMIT_MS }, () => {
  it('on one data directory: the second is refused, and told who has it', async () => {
    await using serve = await setup()
    const first = serve.start()
    expect(await first.ready).not.toBeNull()
    const second = serve.start({ port: await serve.freePort() })
    expect(await second.ended).toBe(69)
    expect(second.said()).toContain(`is used by process ${first.pid}`)
    expect(second.said()).toContain('BECKET_DATA_DIR')
    expect(first.hasEnded()).toBe(false)
    await serve.client().then((becket) => becket.health())
  })

  it('with the parts of one installation: the health is partial when the worker was killed, and whole with another', async () => {
    await using database = await testDatabase({ empty: true })
    await using serve = await setup()
    const databaseUrl = database.url
    const api = serve.start({ databaseUrl, roles: 'intake,api' })
    expect(await api.ready).not.toBeNull()
    const becket = await serve.client()
    const statusOf = async () => (await becket.health()).status
    expect((await becket.health()).roles).toMatchObject({ api: { status: 'healthy' }, worker: { status: 'unknown' } })

    const worker = serve.start({ databaseUrl, roles: 'worker', port: await serve.freePort() })
    expect(await worker.ready).not.toBeNull()
    await until(async () => (await statusOf()) === 'healthy')
    await becket.documents.submit(serve.document, { filename: 'for-the-worker.pdf' })
    await serve.asked

    worker.kill('SIGKILL')
    await worker.ended
    await until(async () => (await statusOf()) === 'partial')
    expect((await becket.health()).roles).toMatchObject({ intake: { status: 'healthy' }, worker: { status: 'down' } })

    expect(await serve.start({ databaseUrl, roles: 'worker', port: await serve.freePort() }).ready).not.toBeNull()
    await until(async () => (await statusOf()) === 'healthy')
  })
})
