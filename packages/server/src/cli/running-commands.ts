/** The commands about the system that runs: features, changes, findings, instances. What they do is in one file per noun. */
import type { Command } from 'commander'
import { type Frame, listing, remote } from './remote-command.ts'

export function addRunningCommands(program: Command, frame: Frame): void {
  remote<{ for?: string }>(
    program,
    'features',
    'Show what is switched on, and for whom',
    frame,
    async (session, flags) => (await import('./features.ts')).listFeatures(session, flags),
  ).option('--for <id>', 'Whether this job, or expectation without a job, has them')
  const changes = program.command('changes').description('What became different about the running system')
  listing(changes, 'List changes, newest first', frame, async (session, flags) =>
    (await import('./changes.ts')).listChanges(session, flags),
  )
    .option('--kind <kinds>', 'release, configuration, features, schema, override; parted by commas')
    .option('--subject <subject>', 'Only of this subject, such as worker')
  addFindings(program, frame)
  const instances = program.command('instances').description('The processes, and what they run with')
  remote(
    instances,
    'settings <id>',
    'Show what a process runs with, as fingerprints; values are never shown',
    frame,
    async (session, _flags, id) => (await import('./instances.ts')).showSettings(session, id),
  )
}

function addFindings(program: Command, frame: Frame): void {
  const findings = program.command('findings').description('What is wrong with the running system')
  const load = () => import('./findings.ts')
  listing(
    findings,
    'List findings, newest first; those that are open, if not told otherwise',
    frame,
    async (session, flags) => (await load()).listFindings(session, flags),
  )
    .option('--status <statuses>', 'fail, unknown, resolved; parted by commas')
    .option('--severity <severities>', 'critical, error, warning, info; parted by commas')
    .option('--check <code>', 'Only of this check')
  remote(findings, 'show <id>', 'Show a finding, and what to do about it', frame, async (session, _flags, id) =>
    (await load()).showFinding(session, id),
  )
  remote<{ document?: boolean }>(
    findings,
    'run',
    'Have the server examine itself; 0 only if nothing is wrong',
    frame,
    async (session, { document }) => (await load()).runFindings(session, { document }),
  ).option('--document', 'Send a tiny document through parsing and embedding, which providers charge for')
}
