/** Climbs to the database of its first argument and prints the ladder: for tests that need another network than ours. */
import { probeDatabase } from '../../src/doctor/probes/database.ts'

const [url = ''] = process.argv.slice(-1)
const ladders = await probeDatabase(url, { signal: new AbortController().signal })
process.stdout.write(`${JSON.stringify(ladders)}\n`)
