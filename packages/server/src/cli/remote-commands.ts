/** The commands that speak to a server, their arguments and options. What they do is in one file per noun. */
import type { Command } from 'commander'
import { addDeliveryCommands } from './delivery-commands.ts'
import type { Report } from './exit-code.ts'
import type { CliIo } from './io.ts'
import type { NewJobFlags } from './jobs.ts'
import type { Session } from './remote.ts'
import { type Frame, listing, remote } from './remote-command.ts'
import { addRunningCommands } from './running-commands.ts'

export function addRemoteCommands(program: Command, io: CliIo, report: Report): void {
  const frame = { io, report }
  addJobs(program, frame)
  addDocuments(program, frame)
  addExpectations(program, frame)
  addCallbacks(program, frame)
  addDeliveryCommands(program, frame)
  addKeys(program, frame)
  addBreakers(program, frame)
  addRequests(program, frame)
  addRunningCommands(program, frame)
  remote(program, 'sources', 'Show the configured sources and their callback addresses', frame, async (session) =>
    (await import('./sources.ts')).listSources(session),
  )
  remote(
    program,
    'health',
    'Show whether the whole installation works; 0 only if it is healthy',
    frame,
    async (session) => (await import('./health.ts')).showHealth(session),
  )
}

function addJobs(program: Command, frame: Frame): void {
  const jobs = program.command('jobs').description('What the pipelines are doing')
  listing(jobs, 'List jobs, newest first', frame, async (session, flags) =>
    (await import('./jobs.ts')).listJobs(session, flags),
  )
    .option('--state <states>', 'queued, working, retryable, done, deadletter, cancelled; parted by commas')
    .option(
      '--status <statuses>',
      'Where the document or video stands, such as parse_queued or processing; parted by commas',
    )
    .option('--pipeline <name>', 'Only this pipeline')
    .option('--key <key>', 'Only this key')
  remote<NewJobFlags>(jobs, 'create', 'Start a pipeline', frame, async (session, flags) =>
    (await import('./jobs.ts')).createJob(session, flags),
  )
    .requiredOption('--pipeline <name>', 'Which; documents are started by becket documents upload')
    .requiredOption('--key <key>', 'Your own name for the input; the same key gives the same job')
    .requiredOption('--input <file>', 'JSON: what the pipeline works on; - reads it from the standard input')
    .option('--deliver-to <sinks>', 'Where its result goes; parted by commas')
  remote(jobs, 'show <id>', 'Show a job and its timeline', frame, async (session, _flags, id) =>
    (await import('./jobs.ts')).showJob(session, id),
  )
  remote(jobs, 'retry <id>', 'Work again on a job that failed', frame, async (session, _flags, id) =>
    (await import('./jobs.ts')).retryJob(session, id),
  )
  remote<{ reason: string }>(jobs, 'cancel <id>', 'Give a job up', frame, async (session, flags, id) =>
    (await import('./jobs.ts')).cancelJob(session, id, flags),
  ).requiredOption('--reason <text>', 'Why; kept on the timeline')
  remote<{ timeout?: string }>(
    jobs,
    'wait <id>',
    'Wait for the end of a job; 0 only if it is done',
    frame,
    async (session, flags, id) => (await import('./jobs.ts')).waitForJob(session, id, flags),
  ).option('--timeout <duration>', 'Give up waiting after this long, such as 5m')
}

function addDocuments(program: Command, frame: Frame): void {
  const documents = program.command('documents').description('What was uploaded, and uploading')
  listing(documents, 'List documents, newest first', frame, async (session, flags) =>
    (await import('./documents.ts')).listDocuments(session, flags),
  )
    .option('--owner <owner>', 'Only those of this owner')
    .option('--state <states>', 'registered, finalized, duplicate; parted by commas')
    .option('--status <statuses>', 'Where they stand, such as complete; parted by commas')
  remote(documents, 'show <id>', 'Show a document', frame, async (session, _flags, id) =>
    (await import('./documents.ts')).showDocument(session, id),
  )
  remote<object>(
    documents,
    'upload <files...>',
    'Upload files and start their jobs',
    frame,
    async (session, flags, ...files) => (await import('./documents.ts')).uploadDocuments(session, files, flags),
  )
    .option('--owner <owner>', 'Whose documents they are')
    .option('--wait', 'Wait for their jobs; 0 only if all are done')
    .option('--timeout <duration>', 'Give up waiting for a job after this long, such as 5m')
}

function addExpectations(program: Command, frame: Frame): void {
  const expectations = program.command('expectations').description('What providers have promised')
  const load = () => import('./expectations.ts')
  listing(expectations, 'List expectations, newest first', frame, async (session, flags) =>
    (await load()).listExpectations(session, flags),
  )
    .option('--state <states>', 'registered, submitting, waiting, unconfirmed, succeeded, failed, cancelled, expired')
    .option('--source <id>', 'Only those of this source')
    .option('--operation <name>', 'Only this operation')
    .option('--key <key>', 'Only this key')
    .option('--job-id <id>', 'Only those of this job')
    .option('--overdue', 'Only those that are open and late')
  remote(expectations, 'show <id>', 'Show an expectation and its evidence', frame, async (session, _flags, id) =>
    (await load()).showExpectation(session, id),
  )
  remote(expectations, 'check <id>', 'Ask the provider now', frame, async (session, _flags, id) =>
    (await load()).checkExpectation(session, id),
  )
  const reason = ['--reason <text>', 'Why; kept on the timeline'] as const
  remote<{ reason: string }>(expectations, 'extend <id>', 'Move the deadline', frame, async (session, flags, id) =>
    (await load()).extendExpectation(session, id, flags),
  )
    .option('--by <duration>', 'How much later, such as 2h')
    .option('--deadline <time>', 'Until when, such as 2030-01-31T12:00:00Z')
    .requiredOption(...reason)
  const settle = (verdict: 'succeeded' | 'failed') => async (session: Session, flags: { reason: string }, id: string) =>
    (await load()).settleExpectation(session, id, verdict, flags)
  const settling = expectations.command('settle').description('Decide an expectation by hand')
  remote<{ reason: string }>(settling, 'succeeded <id>', 'It worked', frame, settle('succeeded'))
    .option('--output <json>', 'What the provider made')
    .requiredOption(...reason)
  remote<{ reason: string }>(settling, 'failed <id>', 'It failed', frame, settle('failed'))
    .option('--error <text>', 'What went wrong')
    .requiredOption(...reason)
  remote<{ reason: string }>(expectations, 'cancel <id>', 'Wait no longer', frame, async (session, flags, id) =>
    (await load()).cancelExpectation(session, id, flags),
  ).requiredOption(...reason)
}

function addCallbacks(program: Command, frame: Frame): void {
  const callbacks = program.command('callbacks').alias('webhooks').description('What providers sent')
  listing(callbacks, 'List callbacks, newest first', frame, async (session, flags) =>
    (await import('./callbacks.ts')).listCallbacks(session, flags),
  )
    .option('--source <id>', 'Only those of this source')
    .option('--verdict <verdicts>', 'verified, token, unsigned, refused; parted by commas')
    .option('--fate <fates>', 'received, matched, late, duplicate, orphan, quarantined, refused; parted by commas')
    .option('--expectation <id>', 'Only those of this expectation')
  remote<{ raw?: boolean }>(callbacks, 'show <id>', 'Show a callback as it came', frame, async (session, flags, id) =>
    (await import('./callbacks.ts')).showCallback(session, id, flags),
  ).option('--raw', 'Print the body alone, byte for byte')
  remote(
    callbacks,
    'replay <id>',
    'Read a callback again, as if it had just come',
    frame,
    async (session, _flags, id) => (await import('./callbacks.ts')).replayCallback(session, id),
  )
  remote<{ source?: string; dryRun?: boolean; reason: string }>(
    callbacks,
    'release [ids...]',
    'Read quarantined callbacks again, after their adapter was mended; all of them if none is named',
    frame,
    async (session, flags, ...ids) => (await import('./callbacks.ts')).releaseCallbacks(session, ids, flags),
  )
    .option('--source <id>', 'Only those of this source')
    .option('--dry-run', 'Change nothing: show what would be read again')
    .requiredOption('--reason <text>', 'Why; kept on the timeline')
}

function addBreakers(program: Command, frame: Frame): void {
  const breakers = program.command('breakers').description('Which dependencies are left alone because they fail')
  const load = () => import('./breakers.ts')
  remote(breakers, 'list', 'List breakers', frame, async (session) => (await load()).listBreakers(session))
  remote(breakers, 'show <name>', 'Show a breaker, such as source:llamaparse', frame, async (session, _flags, name) =>
    (await load()).showBreaker(session, name),
  )
  const override =
    (state: 'open' | 'closed' | 'half-open') => async (session: Session, flags: { reason: string }, name: string) =>
      (await load()).overrideBreaker(session, name, state, flags)
  const reason = ['--reason <text>', 'Why; kept with your name'] as const
  remote<{ reason: string }>(
    breakers,
    'open <name>',
    'Leave it alone until you say otherwise',
    frame,
    override('open'),
  ).requiredOption(...reason)
  remote<{ reason: string }>(
    breakers,
    'close <name>',
    'Forget its faults and call it again',
    frame,
    override('closed'),
  ).requiredOption(...reason)
  remote<{ reason: string }>(
    breakers,
    'try <name>',
    'Let one trial through now',
    frame,
    override('half-open'),
  ).requiredOption(...reason)
}

function addRequests(program: Command, frame: Frame): void {
  const requests = program.command('requests').description('What Becket sent to third parties')
  listing(requests, 'List requests, newest first', frame, async (session, flags) =>
    (await import('./requests.ts')).listRequests(session, flags),
  )
    .option('--source <name>', 'Only those to this source, sink:ID or storage')
    .option('--subject <id>', 'Only those made for this expectation or job')
    .option('--failed', 'Only those without an answer, or refused')
}

function addKeys(program: Command, frame: Frame): void {
  const keys = program.command('keys').description('Who may speak to the API')
  remote(keys, 'list', 'List keys', frame, async (session) => (await import('./keys.ts')).listKeys(session))
  remote<{ role: string }>(
    keys,
    'create <name>',
    'Make a key; its secret is shown once',
    frame,
    async (session, flags, name) => (await import('./keys.ts')).createKey(session, name, flags),
  ).requiredOption('--role <role>', 'app, viewer, operator or admin')
  remote(keys, 'revoke <id>', 'Refuse a key from now on', frame, async (session, _flags, id) =>
    (await import('./keys.ts')).revokeKey(session, id),
  )
}
