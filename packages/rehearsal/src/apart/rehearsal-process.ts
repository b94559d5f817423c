/**
 * The program of the rehearsal's own process: starts the stand-ins when it is told to, reports when it is asked, and ends
 * when the process that started it lets go of it, however that happens.
 */
import { createRehearsal, type Rehearsal } from '../rehearsal.ts'
import { type Answer, orderSchema } from './messages.ts'

let rehearsal: Rehearsal | null = null

// Ctrl-C in a terminal, and whoever ends a whole group of processes, reach this one too: the server, which still wants
// answers while it stops, would lose its providers first.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

process.on('disconnect', () => {
  void Promise.resolve(rehearsal?.stop()).finally(() => process.exit(0))
})

process.on('message', (message) => {
  void obey(message).catch((fault: unknown) => {
    say({ order: 'failed', reason: fault instanceof Error ? fault.message : String(fault) })
  })
})

async function obey(message: unknown): Promise<void> {
  const order = orderSchema.parse(message)
  switch (order.order) {
    case 'start':
      rehearsal ??= createRehearsal(order.options)
      return say({ order: 'start', addresses: await rehearsal.start() })
    case 'report':
      return say({
        order: 'report',
        entries: rehearsal?.ledger.entries() ?? [],
        rows: rehearsal?.rows() ?? [],
        // In kilobytes, whatever the platform's own unit is.
        memoryBytes: process.resourceUsage().maxRSS * 1024,
      })
    case 'change':
      rehearsal?.change(order.faults)
      return say({ order: 'change' })
    default:
      order satisfies never
  }
}

function say(answer: Answer): void {
  process.send?.(answer)
}
