/** `becket doctor deploy` against servers that run. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { registerDoctorDeploy } from '../../src/cli/doctor-deploy-command.ts'
import { run } from '../../src/cli/run.ts'
import { release } from '../../src/release.ts'
import { createTerminal } from '../cli/terminal.ts'
import { ADMIN_KEY, setup } from '../document/setup.ts'

async function deploy(url: string, ...words: string[]) {
  const lines: string[] = []
  const { io } = await createTerminal({
    out: (line) => void lines.push(line),
    now: () => Date.now(),
    after(ms, work) {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
  })
  const all = ['doctor', 'deploy', '--url', url, '--api-key', ADMIN_KEY, ...words]
  return { code: await run(all, io, '0.0.0', [registerDoctorDeploy]), out: lines.join('\n') }
}

/** Passes connections on, unless they are refused. */
async function lineTo(url: string, isRefused: () => boolean) {
  const { hostname, port } = new URL(url)
  const server = createServer((near) => {
    if (isRefused()) return near.destroy()
    const far = connect(Number(port), hostname)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const own = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${own}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

describe('becket doctor deploy', () => {
  it('proves a deployment from end to end, with the time of each step', async () => {
    await using bundle = await setup()
    const { code, out } = await deploy(bundle.url, '--expect-release', release)
    expect(out).toContain('The deployment works.')
    expect(code).toBe(0)
    for (const step of ['release', 'roles', 'settings', 'schema', 'storage', 'callback', 'document']) {
      expect(out).toMatch(new RegExp(`^ok +${step} +\\d+m?s +\\S`, 'm'))
    }
  })

  it('spends nothing on a document where it is told not to, and says so', async () => {
    await using bundle = await setup()
    const { code, out } = await deploy(bundle.url, '--no-document', '--json')
    expect(code).toBe(0)
    const proof: { isProven: boolean; steps: { name: string; status: string }[] } = JSON.parse(out)
    expect(proof.isProven).toBe(true)
    expect(proof.steps).toContainEqual(expect.objectContaining({ name: 'document', status: 'unknown' }))
    expect((await bundle.becket.documents.list()).items).toEqual([])
  })

  it('fails where the old release still runs, and names it', async () => {
    await using bundle = await setup()
    const { code, out } = await deploy(bundle.url, '--expect-release', '99.0.0', '--timeout', '200ms')
    expect(code).toBe(1)
    expect(out).toContain(`worker is at ${release} instead of 99.0.0`)
    expect(out).toContain('The deployment is not proven: release.')
  })

  it('fails where no worker came, however well the API is', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const { code, out } = await deploy(bundle.url, '--timeout', '200ms')
    expect(code).toBe(1)
    expect(out).toContain('no live worker')
  })

  it('waits for an API that is not up yet', async () => {
    let refused = 0
    await using bundle = await setup()
    await using line = await lineTo(bundle.url, () => ++refused <= 6)
    const { code, out } = await deploy(line.url, '--no-document')
    expect(out).toContain('The deployment works.')
    expect([code, refused > 6]).toEqual([0, true])
  })

  it('refuses a time that is none', async () => {
    const { code } = await deploy('http://127.0.0.1:9', '--timeout', 'soon')
    expect(code).toBe(2)
  })
})
