/**
 * Databases with a history, made once and kept under the scratch folder: filling one with ten million takes minutes. A
 * run gets a copy. Made under another name first, so that one that was interrupted is never taken for a whole one.
 */
import { statfs } from 'node:fs/promises'
import { say } from '../harness/measure.mjs'
import { scratch } from '../harness/paths.mjs'
import { fillBecket } from './becket-fill.mjs'
import { fillMark } from './mark.mjs'
import { peerFills } from './peer-fill.mjs'

// Of one finished piece of work with its indexes, as seen; a little more.
const BYTES_EACH = 3_000
const BYTES_AT_LEAST = 2 * 1_073_741_824

export function createFilled({ postgres, waiting, due }) {
  return {
    /** Answers the name of the template. */
    async template(contender, finished) {
      const waits = finished === 0 ? 0 : waiting
      const kind = `filled_${contender.replaceAll('-', '_')}_${finished}_`
      const name = `${kind}${waits}_${due}_${await fillMark()}`
      const { rows } = await postgres.query('select datname from pg_database where starts_with(datname, $1)', [kind])
      if (rows.some(({ datname }) => datname === name)) return name
      // Of another schema, or left half: ten million rows are 25 GB.
      for (const { datname } of rows) await postgres.dropDatabase(datname)
      await requireRoom(finished + waits)
      say(`filling ${name} ...`)
      const beganMs = performance.now()
      await postgres.createDatabase(`${name}_half`)
      const tell = (line) => say(`  ${line}, ${Math.round((performance.now() - beganMs) / 1_000)} s`)
      if (contender === 'becket') {
        await fillBecket(postgres.url(`${name}_half`), { finished, waiting: waits, say: tell })
      } else {
        await peerFills[contender](postgres, `${name}_half`, { finished, waiting: waits, due, say: tell })
      }
      await postgres.query(`alter database ${name}_half rename to ${name}`)
      return name
    },
    /** A copy to be measured, thrown away afterwards. */
    async withCopy(template, work) {
      const name = 'grown'
      await postgres.createDatabase(name, { template })
      try {
        await postgres.settle()
        return await work(name)
      } finally {
        await postgres.dropDatabase(name)
      }
    },
  }
}

/** For it, its copy, and what the copy grows by: a disk that runs full after an hour tells nothing. */
async function requireRoom(rows) {
  const { bavail, bsize } = await statfs(scratch)
  const wanted = 2 * rows * BYTES_EACH + BYTES_AT_LEAST
  if (bavail * bsize >= wanted) return
  const gib = (bytes) => `${Math.ceil(bytes / 1_073_741_824)} GiB`
  throw new Error(
    `${scratch} has ${gib(bavail * bsize)} free, and this needs ${gib(wanted)}: measure fewer contenders or sizes at a ` +
      'time (--only, --sizes, then --resume), remove `growth` there, or name another disk by BENCH_SCRATCH',
  )
}
