/**
 * The stand-ins as a process of their own, which nobody kills: what providers saw must not die with the server. From
 * what was built, as the server is; its options come as JSON.
 */
import process from 'node:process'
import { createRehearsal } from '@becket/rehearsal'

const warn = (fields, message) => process.stderr.write(`stand-ins: ${message} ${JSON.stringify(fields)}\n`)
const rehearsal = createRehearsal({ ...JSON.parse(process.argv[2]), log: { info: () => {}, warn } })
const addresses = await rehearsal.start()

process.on('message', (message) => {
  if (message !== 'ledger') return
  const { ledger } = rehearsal
  process.send({ kind: 'ledger', summary: ledger.summary(), submits: ledger.entries('submit') })
})
const stop = () => void rehearsal.stop().finally(() => process.exit(0))
process.on('disconnect', stop)
process.on('SIGTERM', stop)
// Ctrl-C reaches the whole group; they go last.
process.on('SIGINT', () => {})
process.send({ kind: 'addresses', addresses })
