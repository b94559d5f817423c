import { describe, expect, it } from 'vitest'
import { callback, createFakeServer } from './answers.ts'
import { createTerminal } from './terminal.ts'

const groups = [{ source: 'llamaparse', adapter: 'llamaparse@1', presentAdapter: 'llamaparse@2', callbacks: 7 }]
const answer = { released: 7, dryRun: false, groups, notQuarantined: [] }
const route = 'POST /v1/callbacks/release'

describe('becket callbacks release', () => {
  it('tells how many are read again, and by what', async () => {
    const { url, asked } = await createFakeServer({ [route]: answer })
    const { run } = await createTerminal()
    const words = ['--source', 'llamaparse', '--reason', 'the adapter is mended', '--url', url]
    const { code, out } = await run('callbacks', 'release', ...words)
    expect(code).toBe(0)
    expect(asked[0]?.body).toEqual({ source: 'llamaparse', reason: 'the adapter is mended' })
    expect(out).toMatch(/^7 +llamaparse +llamaparse@1 +llamaparse@2$/m)
    expect(out).toContain('7 will be read again now')
  })

  it('of some that are not quarantined says which, and fails', async () => {
    const { url, asked } = await createFakeServer({ [route]: { ...answer, notQuarantined: ['cb_9'] } })
    const { run } = await createTerminal()
    const { code, out } = await run('callbacks', 'release', 'cb_8', 'cb_9', '--reason', 'mended', '--url', url)
    expect(asked[0]?.body).toEqual({ ids: ['cb_8', 'cb_9'], reason: 'mended' })
    expect(out).toContain('cb_9 is not quarantined, or unknown')
    expect(code).toBe(1)
  })

  it('changes nothing where it is dry, and says so', async () => {
    const { url, asked } = await createFakeServer({ [route]: { ...answer, dryRun: true } })
    const { run } = await createTerminal()
    const { out } = await run('callbacks', 'release', '--dry-run', '--reason', 'to see', '--url', url)
    expect(asked[0]?.body).toEqual({ dryRun: true, reason: 'to see' })
    expect(out).toContain('7 would be read again; nothing was changed')
  })

  it('demands a reason', async () => {
    const { run } = await createTerminal()
    const { code, err } = await run('callbacks', 'release')
    expect(code).toBe(2)
    expect(err).toContain('--reason')
  })

  it('is taught by the list of what is quarantined, with who could not read it, and why', async () => {
    const unread = { ...callback, fate: 'quarantined', fateReason: 'it has no code', adapter: 'nca-toolkit@1' }
    const { url, asked } = await createFakeServer({ 'GET /v1/callbacks': { items: [unread], nextCursor: null } })
    const { run } = await createTerminal()
    const { out } = await run('callbacks', 'list', '--fate', 'quarantined', '--url', url)
    expect(asked[0]?.query).toMatchObject({ fate: 'quarantined' })
    expect(out).toMatch(/quarantined .*nca-toolkit@1 +it has no code$/m)
  })
})
