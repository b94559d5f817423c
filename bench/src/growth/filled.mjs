/**
 * Databases with a history, made once and kept under the scratch folder: filling one with ten million takes minutes. Made
 * under another name first, so that one that was interrupted is never taken for a whole one.
 */
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import { say } from '../harness/measure.mjs'
import { scratch } from '../harness/paths.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { fillBecket } from './becket-fill.mjs'
import { fillMark } from './mark.mjs'
import { peerFills } from './peer-fill.mjs'

// Of one finished piece of work with its indexes, as seen; a little more.
const BYTES_EACH = 3_000
// The log while it is filled, and what runs add.
const BYTES_AT_LEAST = 10 * 1_073_741_824

/**
 * For filling alone: nothing of a half-filled database is wanted after a crash, and nobody tidies up behind the writer. What
 * counts for whoever is measured is set when the server is started again.
 */
const fillSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '6GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  shared_buffers: '2GB',
  maintenance_work_mem: '1GB',
  // As many connections as processors sort already.
  max_parallel_maintenance_workers: 0,
}

/** `directory`: of the database server, which must not run. Answers the names of the databases, by `keyOf`. */
export async function ensureFilled({ directory, wanted, waiting, due }) {
  const mark = await fillMark()
  const postgres = createPostgres({ settings: fillSettings, directory })
  const names = new Map()
  await postgres.start()
  try {
    for (const { contender, finished } of wanted) {
      const sizes = { finished, waiting: finished === 0 ? 0 : waiting, due }
      names.set(keyOf(contender, finished), await ensureOne(postgres, contender, sizes, mark))
    }
  } finally {
    await postgres.stop({ keep: true })
  }
  // What was filled is written out before anything is measured.
  if (process.platform !== 'win32') await promisify(execFile)('sync')
  return names
}

export const keyOf = (contender, finished) => `${contender} ${finished}`

async function ensureOne(postgres, contender, { finished, waiting, due }, mark) {
  const kind = `filled_${contender.replaceAll('-', '_')}_${finished}_`
  const name = `${kind}${waiting}_${due}_${mark}`
  const { rows } = await postgres.query('select datname from pg_database where starts_with(datname, $1)', [kind])
  if (rows.some(({ datname }) => datname === name)) return name
  // Of another schema, or left half: ten million rows are 30 GB.
  for (const { datname } of rows) await postgres.dropDatabase(datname)
  await requireRoom(finished + waiting)
  say(`filling ${name} ...`)
  const beganMs = performance.now()
  const url = await postgres.createDatabase(`${name}_half`)
  const tell = (line) => say(`  ${line}, ${Math.round((performance.now() - beganMs) / 1_000)} s`)
  if (contender === 'becket') await fillBecket(url, { finished, waiting, say: tell })
  else await peerFills[contender](postgres, `${name}_half`, { finished, waiting, due, say: tell })
  await postgres.query('checkpoint')
  await postgres.query(`alter database ${name}_half rename to ${name}`)
  tell('filled')
  return name
}

/** A disk that runs full after an hour tells nothing. */
async function requireRoom(rows) {
  const { bavail, bsize } = await statfs(scratch)
  const wanted = rows * BYTES_EACH + BYTES_AT_LEAST
  if (bavail * bsize >= wanted) return
  const gib = (bytes) => `${Math.ceil(bytes / 1_073_741_824)} GiB`
  throw new Error(
    `${scratch} has ${gib(bavail * bsize)} free, and this needs ${gib(wanted)}: measure fewer contenders or sizes at a ` +
      'time (--only, --sizes, then --resume), remove `growth` there, or name another disk by BENCH_SCRATCH',
  )
}
