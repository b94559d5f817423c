/** Processes of `becket serve` that start where something is wrong, as whoever watches them sees it. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../database.ts'
import { databaseLine } from './line.ts'
import { setup, until } from './setup.ts'

const answers = async (url: string) => {
  try {
    return (await fetch(url)).status
  } catch {
    return null
  }
}

describe.runIf(process.platform === 'linux')('a server that starts', () => {
  it('with a configuration that can never work ends at once with 78, and names each problem in a line', async () => {
    await using serve = await setup()
    await writeFile(serve.configFile, 'prot: 1\nlogLevel: loud\n')
    const server = serve.start()
    expect(await server.ended).toBe(78)
    const said = server.said()
    expect(said).toContain('error: CONFIGURATION_ERROR_FATAL: 2 problems in the configuration:\n  prot: unknown option')
    expect(said).toMatch(/^ {2}logLevel: expected one of/m)
    expect(said).toContain('"code":"CONFIGURATION_ERROR_FATAL"')
  })

  it('where its database has no address lives on and says so, and stops in order at the first signal', async () => {
    await using serve = await setup()
    const server = serve.start({ databaseUrl: 'postgres://becket:test-key@nowhere.invalid/becket' })
    await until(async () => (await answers(`${serve.url}/livez`)) === 200)
    await until(() => server.said().includes('not ready until it is there'))
    expect(await answers(`${serve.url}/readyz`)).toBe(503)
    expect(server.said()).toMatch(/^database: .*nowhere\.invalid.*\n {2}not ready until it is there; tried again in /m)
    expect(server.said()).not.toContain('test-key')
    server.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('while its database is silent, or another process migrates, stops in order within 10 s', async () => {
    await using database = await testDatabase({ empty: true })
    await using line = await databaseLine(database.url, 'silent')
    await using silent = await setup()
    await using locked = await setup()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let sayTaken = () => {}
    const taken = new Promise<void>((resolve) => {
      sayTaken = resolve
    })
    const holding = database.db.tx(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', ['becket migrations of becket'])
      sayTaken()
      await held
    })
    await taken
    const waiting = [silent.start({ databaseUrl: line.url }), locked.start({ databaseUrl: database.url })]
    await line.called()
    await until(async () => (await answers(`${silent.url}/livez`)) === 200)
    await until(() => waiting[1]?.said().includes('database: ready after') === true)
    const beganMs = performance.now()
    for (const server of waiting) server.kill('SIGTERM')
    expect(await Promise.all(waiting.map(({ ended }) => ended))).toEqual([0, 0])
    expect(performance.now() - beganMs).toBeLessThan(10_000)
    release()
    await holding
  })

  it('beside another one on an empty database comes up, and so does the other', async () => {
    await using database = await testDatabase({ empty: true })
    await using one = await setup()
    await using other = await setup()
    const both = [one, other].map((serve) => serve.start({ databaseUrl: database.url }))
    for (const { ready } of both) expect(await ready).not.toBeNull()
    for (const server of both) expect(server.said()).toMatch(/^work: ready after /m)
  })
})
