import { describe, expect, it } from 'vitest'
import { setup, until } from './setup.ts'

// 90 s: each makes a database of its own or starts several processes, which takes long where the machine is busy.
const LIMIT_MS = 90_000

describe.runIf(process.platform === 'linux')('a server that is told to stop', { timeout: LIMIT_MS }, () => {
  it('with work in flight ends in order within 10 s, leaves no process behind, and goes on with it later', async () => {
    await using serve = await setup()
    const server = serve.start()
    expect(await server.ready).not.toBeNull()
    const becket = await serve.client()
    await becket.documents.submit(serve.document, { filename: 'in-flight.pdf' })
    await serve.asked
    const beganMs = performance.now()
    server.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(performance.now() - beganMs).toBeLessThan(10_000)
    expect(serve.processes()).toEqual([])

    expect(await serve.start().ready).not.toBeNull()
    const { items } = await becket.expectations.list({ operation: 'parse' })
    expect(items).toMatchObject([{ state: 'unconfirmed', attempt: 1, error: { code: 'INTERRUPTED' } }])
  })

  it('twice ends at once, and its database with it', async () => {
    await using serve = await setup()
    const server = serve.start()
    expect(await server.ready).not.toBeNull()
    await (await serve.client()).documents.submit(serve.document, { filename: 'in-flight.pdf' })
    await serve.asked
    server.kill('SIGINT')
    await until(() => server.said().includes('once more stops at once'))
    const beganMs = performance.now()
    server.kill('SIGINT')
    expect(await server.ended).toBe(130)
    expect(performance.now() - beganMs).toBeLessThan(2_000)
    await until(() => serve.processes().length === 0)
  })

  it('while it starts ends in order too', async () => {
    await using serve = await setup()
    const server = serve.start()
    await until(() => serve.processes().length > 2)
    server.kill('SIGINT')
    expect(await server.ended).toBe(0)
    expect(serve.processes()).toEqual([])
  })
})
