/** The commands about results on their way, and about the sinks they go to. What they do is in `deliveries.ts`. */
import type { Command } from 'commander'
import { type Frame, listing, remote } from './remote-command.ts'

export function addDeliveryCommands(program: Command, frame: Frame): void {
  const load = () => import('./deliveries.ts')
  const reason = ['--reason <text>', 'Why; kept on the timeline'] as const
  const deliveries = program.command('deliveries').alias('outbox').description('Results on their way to sinks')
  listing(deliveries, 'List deliveries, newest first', frame, async (session, flags) =>
    (await load()).listDeliveries(session, flags),
  )
    .option('--sink <id>', 'Only those to this sink')
    .option('--state <states>', 'pending, delivered, dead; parted by commas')
    .option('--subject <id>', 'Only those of this job or expectation')
  remote(deliveries, 'show <id>', 'Show a delivery and what it carries', frame, async (session, _flags, id) =>
    (await load()).showDelivery(session, id),
  )
  remote<{ reason: string; sink?: string }>(
    deliveries,
    'redeliver [id]',
    'Deliver again by hand: one, or all that a sink has not taken',
    frame,
    async (session, flags, id) => (await load()).redeliver(session, id, flags),
  )
    .option('--sink <id>', 'All dead deliveries of this sink')
    .requiredOption(...reason)
  remote(program, 'sinks', 'Show the configured sinks, and what still has to go there', frame, async (session) =>
    (await load()).listSinks(session),
  )
}
