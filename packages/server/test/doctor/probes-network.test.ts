/** A host without IPv6, as one: a process of its own in a network that has no way out. */
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { DatabaseLadder } from '../../src/doctor/probes/database.ts'
import { testInNamespace } from '../outside.ts'
import { above, createProbeBench, failures, of } from './probes-bench.ts'

const run = promisify(execFile)
const bench = createProbeBench()
const HOST = 'db.abcdefghijklmnopqrst.supabase.co'

testInNamespace(
  'a direct address with AAAA only is named as what it is, where nothing leads out over IPv6',
  async (namespace) => {
    // `ip` lays these over /etc for whoever runs in the namespace: a name that has one family only, and no resolver to ask.
    const etc = join('/etc/netns', namespace)
    bench.onEnd(() => rm(etc, { recursive: true, force: true }))
    await mkdir(etc, { recursive: true })
    await writeFile(join(etc, 'hosts'), `2001:db8::1 ${HOST}\n`)
    await writeFile(join(etc, 'resolv.conf'), 'nameserver 192.0.2.1\noptions timeout:1 attempts:1\n')
    const runner = fileURLToPath(new URL('../run-typescript.mjs', import.meta.url))
    const child = fileURLToPath(new URL('probes-child.ts', import.meta.url))
    const inside = ['netns', 'exec', namespace, process.execPath, runner, child]
    const { stdout } = await run('ip', [...inside, `postgres://postgres:test-password@${HOST}:5432/postgres`])
    const [ladder]: DatabaseLadder[] = JSON.parse(stdout)
    if (ladder === undefined) throw new Error('no ladder')
    expect(of(ladder, 'resolve')?.evidence).toMatch(/AAAA 2001:db8::1/)
    expect(failures(ladder)).toEqual(['connect DB01'])
    expect(of(ladder, 'connect')?.evidence).toMatch(/no route there/)
    expect(above(ladder, 'connect')).toEqual(['unknown'])
    expect(stdout).not.toContain('test-password')
  },
)
