/** One run of intake: a copy of a prepared database, the server, the load, and the proof that all of it is there. */
import { fileURLToPath } from 'node:url'
import { measureLoad, startLoad } from '../harness/measure.mjs'
import { contenders } from './contenders.mjs'

const requestsFile = fileURLToPath(new URL('callbacks.mjs', import.meta.url))

/** `known`: how many callbacks can come that have an expectation. */
export function createRunner({ postgres, known }) {
  /** Filled once for each way of preparing, and copied for each run. */
  const templates = new Map()

  async function templateFor({ prepare }) {
    const found = templates.get(prepare)
    if (found !== undefined) return found
    const name = `intake_template_${templates.size}`
    await postgres.createDatabase(name)
    const made = { name, facts: await prepare(postgres, name, known) }
    templates.set(prepare, made)
    return made
  }

  return {
    async run(name, load) {
      const contender = contenders[name]
      const template = await templateFor(contender)
      const url = await postgres.createDatabase('intake', { template: template.name })
      await postgres.settle()
      return runOnce({ postgres, contender, url, database: 'intake', facts: template.facts, load })
    },
  }
}

/** On a database that is there. `load`: what the load generator is to do. */
export async function runOnce({ postgres, contender, url, database, facts, load }) {
  const query = (sql, values) => postgres.query(sql, values, database)
  const last = await contender.last(query)
  const server = await contender.start(url)
  const origin = server.origin ?? server.ready.origin
  const generator = await startLoad()
  try {
    const numbers = await measureLoad({
      load: generator,
      run: { origin, requests: requestsFile, options: contender.requests(facts), ...load },
      watched: { server: server.pid, postgres: postgres.pid() },
    })
    const proof = await contender.verify(query, numbers.total, last)
    return { ...numbers, ...proof }
  } finally {
    await generator.stop()
    await server.stop()
  }
}
