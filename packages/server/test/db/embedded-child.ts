/** A process that holds an embedded database: says what came of the start, and on SIGTERM stops in order. */
import { AppError } from '../../src/core/error.ts'
import { createEmbedded } from '../../src/db/embedded.ts'
import { silentLog } from '../../src/db/log.ts'

const [dataDir = '', shelter = ''] = process.argv.slice(3)
const say = (line: object) => console.log(JSON.stringify(line))
const embedded = createEmbedded({
  dataDir,
  shelter,
  log: silentLog,
  onLost: (error) => say({ lost: error.message }),
})

// Keeps the process up until it is told to go.
const alive = setInterval(() => {}, 60_000)
process.once('SIGTERM', () => void embedded.stop().then(() => clearInterval(alive)))

try {
  say({ started: await embedded.start() })
} catch (error) {
  clearInterval(alive)
  say({ refused: error instanceof AppError ? error.code : String(error), detail: String(error) })
}
