/**
 * Waits until the process that started it has ended, however that happens, then ends the embedded PostgreSQL in a folder
 * and removes the folder: `node remove-after.mjs folder`, with a pipe as stdin. A test run that is interrupted is ended
 * before it can clean up, and PostgreSQL runs in a session of its own.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.stdin.resume().on('end', removeAll)

function removeAll() {
  for (const pid of findPostmasters()) {
    try {
      process.kill(pid, 'SIGQUIT')
    } catch {
      // It ended by itself.
    }
  }
  // The server may still write while it ends.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

/** In the two places where the embedded database may live; a search through all its files would race with their changes. */
function findPostmasters() {
  const homes = [join(folder, 'data/postgres'), ...list(join(folder, 'shelter'))]
  return homes.flatMap((home) => {
    const pid = Number.parseInt(read(join(home, 'cluster/data/postmaster.pid')), 10)
    return pid > 0 ? [pid] : []
  })
}

function list(path) {
  try {
    return readdirSync(path).map((name) => join(path, name))
  } catch {
    return []
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
