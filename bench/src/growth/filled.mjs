/**
 * Databases with a history, made once and kept under the scratch folder: filling one with ten million takes minutes. A
 * run gets a copy. Made under another name first, so that one that was interrupted is never taken for a whole one.
 */
import { say } from '../harness/measure.mjs'
import { fillBecket } from './becket-fill.mjs'
import { fillMark } from './mark.mjs'
import { peerFills } from './peer-fill.mjs'

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
