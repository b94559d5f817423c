/** `npm run chaos`: reads its options, runs the crash test, prints its figures. Exit code 1 when something broke. */
import { parseArgs } from 'node:util'
import { renderTable } from './report.ts'
import { runChaos } from './run.ts'

const USAGE = 'npm run chaos -- [--kills 30] [--documents 50] [--seed N] [--json]'

const stopped = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopped.abort(new Error(name)))
process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (options === null) return 2
  const { json, ...run } = options
  try {
    const result = await runChaos({ ...run, say: (line) => process.stderr.write(`${line}\n`), signal: stopped.signal })
    const table = `${renderTable(result)}\n`
    if (json) process.stderr.write(table)
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : table)
    return result.ok ? 0 : 1
  } catch (error) {
    if (stopped.signal.aborted) return 130
    process.stderr.write(`The crash test itself failed; repeat it with --seed ${run.seed}.\n`)
    throw error
  }
}

function readOptions(): { kills: number; documents: number; seed: number; json: boolean } | null {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(3),
      options: {
        kills: { type: 'string', default: '30' },
        documents: { type: 'string', default: '50' },
        // Printed, so that it can be repeated.
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        json: { type: 'boolean', default: false },
      },
    })
    return {
      kills: whole(values.kills),
      documents: whole(values.documents),
      seed: whole(values.seed),
      json: values.json,
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}\n`)
    return null
  }
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`expected a whole number, not \`${text}\``)
}
