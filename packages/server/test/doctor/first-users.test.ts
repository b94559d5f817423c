/** The worst day of the first users, as files: staging was mended, production was not. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { registerDoctor } from '../../src/cli/doctor/command.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal } from '../cli/terminal.ts'
import { createDirectory } from './directory.ts'
import { api, broken, worker, written } from './first-users.ts'

const manifest = fileURLToPath(new URL('../../../../examples/manifests/first-users.yaml', import.meta.url))

async function becket(productionWorker: Record<string, string>, ...words: string[]) {
  const cwd = await createDirectory({
    'staging/api.env': written(api('staging')),
    'staging/worker.env': written(worker('staging')),
    'production/api.env': written(api('production')),
    'production/worker.env': written(productionWorker),
  })
  let out = ''
  const { io } = await createTerminal({
    cwd,
    out: (line) => {
      out += `${line}\n`
    },
    err: (line) => {
      out += `${line}\n`
    },
  })
  const code = await run(['doctor', ...words, '--manifest', manifest], io, '0.0.0', [registerDoctor])
  return { code, out }
}

const production = ['--service', 'worker', '--env', 'production/worker.env']
const SET = 'on the service worker (production)'

describe("the first users' production worker", () => {
  it('becket doctor names each cause and its remedy, in the order in which to mend', async () => {
    const { code, out } = await becket(broken(), ...production)
    expect(code).toBe(2)
    const inOrder = [
      /critical ENVIRONMENT .*ENV10/,
      /critical SUPABASE_SERVICE_ROLE_KEY .*ENV01/,
      /critical DOCUMENT_ENCRYPTION_KEY .*ENV01/,
      /critical LLAMAPARSE_API_KEY .*ENV01/,
      /critical WEBHOOK_BASE_URL .*ENV01/,
      /in doubt DATABASE_URL .*DB01/,
      /info {5}LLAMAPARSE_API_URL .*ENV05/,
      /info {5}ASYNCPG_DISABLE_PREPARED_STATEMENTS .*ENV05/,
    ].map((pattern) => out.search(pattern))
    expect(inOrder).not.toContain(-1)
    expect(inOrder).toEqual([...inOrder].sort((one, other) => one - other))
    expect(out).toContain('Network is unreachable')
    expect(out).toMatch(/the\s+code reads LLAMAPARSE_BASE_URL/)
  })

  it('becket doctor compare shows what staging has and production has not', async () => {
    const { code, out } = await becket(broken(), 'compare', 'staging', 'production')
    expect(code).toBe(2)
    expect(out).toMatch(/^service +variable +staging +production$/m)
    expect(out).toMatch(/^worker +WEBHOOK_BASE_URL +set +- +missing in production$/m)
    expect(out).toMatch(/^worker +ASYNCPG_DISABLE_PREPARED_STATEMENTS +- +set +set, read by nobody$/m)
    expect(out).toContain('It is set in staging.')
  })

  it('the plan has the steps in order, and none of them has a value', async () => {
    const { out } = await becket(broken(), 'compare', 'staging', 'production', '--plan', '--json')
    const { plan }: { plan: { what: string }[] } = JSON.parse(out)
    expect(plan.map(({ what }) => what)).toEqual([
      `Set ENVIRONMENT ${SET} to production.`,
      `Set SUPABASE_SERVICE_ROLE_KEY ${SET}: a key of the role service_role.`,
      `Set DOCUMENT_ENCRYPTION_KEY ${SET}: 32 bytes in base64 or hexadecimal.`,
      `Set LLAMAPARSE_API_KEY ${SET}: a key that begins with llx-.`,
      `Set WEBHOOK_BASE_URL ${SET}: the public https address of the service that takes callbacks.`,
      expect.stringMatching(/^Set DATABASE_URL .* to the session pooler: .* port 5432, user postgres\./),
      'Set ENVIRONMENT to one value on api and worker (production).',
      `Remove LLAMAPARSE_API_URL from the service worker (production).`,
      `Remove ASYNCPG_DISABLE_PREPARED_STATEMENTS from the service worker (production).`,
      'Start worker again.',
      `becket doctor --manifest ${manifest} --service worker`,
    ])
  })

  it('once the plan was followed, nothing is left to mend', async () => {
    const { code, out } = await becket(worker('production'), 'compare', 'staging', 'production')
    expect(out).toContain('Nothing wrong was found')
    // What takes the network is unknown, and unknown is never well.
    expect(code).toBe(1)
    const only = await becket(worker('production'), ...production, '--only', 'ENV01,ENV10,DB02,DB10,HK01,KEY02,KEY03')
    expect(only.code).toBe(0)
  })

  it('no value is printed by any of the commands', async () => {
    const values = [...Object.values(broken()), ...Object.values(worker('staging'))].filter(
      (value) => value.length > 20,
    )
    for (const words of [
      production,
      [...production, '--json'],
      ['compare', 'staging', 'production', '--json', '--all'],
    ]) {
      const { out } = await becket(broken(), ...words)
      expect(out).not.toContain('canary')
      for (const value of values) expect(out).not.toContain(value)
    }
  })
})

describe('becket doctor', () => {
  it.each<[string, string[], RegExp]>([
    ['a check that there is not', [...production, '--only', 'ENV99'], /There is no check ENV99/],
    ['a service that there is not', ['--service', 'wroker'], /Did you mean worker\?/],
    ['one environment to compare', ['compare', 'staging'], /One environment cannot be compared/],
    ['a file that there is not', ['--env', 'nowhere.env'], /nowhere\.env: there is no such file/],
    ['a process that could be any service', [], /Which service is this process\?/],
  ])('refuses %s, and says what to do', async (_case, words, message) => {
    const { code, out } = await becket(broken(), ...words)
    expect(code).toBe(2)
    expect(out).toMatch(message)
    expect(out).toMatch(/^hint: /m)
  })

  it('looks at its own process where no file is named', async () => {
    let out = ''
    const { io } = await createTerminal({
      env: { BECKET_WORKER_SLOTS: 'many', PATH: '/bin' },
      cwd: await createDirectory({ '.env': 'BECKET_PUBLIC_URL=http://localhost:7400\n' }),
      out: (line) => {
        out += `${line}\n`
      },
    })
    expect(await run(['doctor', '--only', 'ENV,HK01'], io, '0.0.0', [registerDoctor])).toBe(2)
    expect(out).toContain('BECKET_WORKER_SLOTS is not a whole number from 1 to 1000 (this process)')
    expect(out).toContain("BECKET_PUBLIC_URL is this machine's own address: nobody outside can mean it (.env:1)")
  })
})
