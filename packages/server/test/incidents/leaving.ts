/** What leaves Becket, to be searched: rows, answers, and what its commands print. */
import { registerDoctor } from '../../src/cli/doctor/command.ts'
import { registerDoctorDeploy } from '../../src/cli/doctor-deploy-command.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal } from '../cli/terminal.ts'
import type { Canaries } from './canaries.ts'
import type { Planted, Running } from './planted.ts'

/** Any callback token of ours, whole: who has one can settle what it is for. */
const TOKEN = /k1\.exp_[0-9a-z]{26}\.[\w-]{16,}/

/** What is found, and where. */
export function searched(canaries: Canaries, places: ReadonlyMap<string, string>): string[] {
  return [...places].flatMap(([place, text]) => [
    ...canaries.findIn(place, text),
    ...(TOKEN.test(text) ? [`a callback token at ${place}`] : []),
  ])
}

/** Every value of every row, by table and column. */
export async function rowsOf({ database: { db } }: Planted): Promise<Map<string, Buffer[]>> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r'`,
    [db.schema],
  )
  const found = new Map<string, Buffer[]>()
  for (const { name } of tables) {
    const { rows } = await db.query<Record<string, unknown>>(`select * from becket."${name}"`)
    for (const [column, value] of rows.flatMap((row) => Object.entries(row))) {
      // Parts of a table are named by their day.
      const place = `${name.replace(/_p?\d{6,}$/, '')}.${column}`
      const bytes = Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
      found.set(place, [...(found.get(place) ?? []), bytes])
    }
  }
  return found
}

const LISTS =
  'health sources sinks requests findings findings?status=resolved callbacks expectations jobs documents breakers deliveries instances changes features keys'

/** As who may only look, and as who has a wrong key. */
export async function answersOf(
  { canaries }: Planted,
  { url }: Running,
  ids: readonly string[],
  keys: readonly string[],
) {
  const paths = [
    ...['/livez', '/readyz', '/metrics', '/openapi.json', '/', '/v1/nothing'],
    ...LISTS.split(' ').map((name) => `/v1/${name}`),
    ...ids.flatMap((id) => ['expectations', 'jobs', 'callbacks'].map((kind) => `/v1/${kind}/${id}`)),
  ]
  const answers = new Map<string, string>()
  for (const key of keys) {
    for (const path of paths) {
      const headers = { authorization: `Bearer ${key}` }
      const answer = await fetch(`${url}${path}`, { headers })
      answers.set(`${path} (${answer.status})`, JSON.stringify([...answer.headers]) + (await answer.text()))
    }
    const wrong = { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }
    const refused = await fetch(`${url}/v1/expectations`, {
      ...wrong,
      body: `{"source": "${canaries.of('orders').slice(0, 3)}"`,
    })
    answers.set('a request that is no JSON', await refused.text())
  }
  return answers
}

/** `words`: what stands behind `becket`, line by line. */
export async function printedBy(
  { cwd, env }: Planted,
  words: readonly (readonly string[])[],
  more: Record<string, string> = {},
) {
  const printed = new Map<string, string>()
  for (const each of words) {
    const lines: string[] = []
    const { io } = await createTerminal({
      cwd,
      env: { ...env, ...more },
      loadApp: () => import('../../src/app.ts'),
      out: (line) => void lines.push(line),
      err: (line) => void lines.push(line),
    })
    const code = await run(each, io, '0.0.0', [registerDoctor, registerDoctorDeploy])
    const text = lines.join('\n')
    if (text === '') throw new Error(`becket ${each.join(' ')} printed nothing and ended with ${code}`)
    printed.set(`becket ${each.join(' ')}`, text)
  }
  return printed
}
