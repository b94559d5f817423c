/** The side of a process that child.mjs started: says that it is ready, runs commands, ends when told or left alone. */
import process from 'node:process'

/** What this process was started with. */
export const options = process.argv[2] === undefined ? {} : JSON.parse(process.argv[2])

/**
 * `commands`: functions by name, of one JSON value, answering another. `ready`: what the starter wants to know, such as a
 * port. `stop` is run before the end.
 */
export function serve({ commands = {}, ready = {}, stop = async () => {} }) {
  process.on('message', async ({ id, command, value }) => {
    try {
      if (commands[command] === undefined) throw new Error(`no command ${command}`)
      process.send({ kind: 'answer', id, value: await commands[command](value) })
    } catch (error) {
      process.send({ kind: 'answer', id, error: error.stack ?? String(error) })
    }
  })
  const end = async () => {
    await stop()
    process.exit(0)
  }
  process.once('SIGTERM', end)
  process.once('disconnect', end)
  process.send({ kind: 'ready', value: ready })
}

/** Tells the starter something that it did not ask for. */
export function tell(name, value) {
  process.send({ kind: 'event', name, value })
}
