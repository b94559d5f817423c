/** `becket rehearse provider NAME` and `becket rehearse --provider NAME`: run in this process, ended by a signal. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from '@becket/rehearsal'
import { expect, onTestFinished, test } from 'vitest'
import type { CliIo } from '../../src/cli/io.ts'
import { registerRehearse } from '../../src/cli/rehearse/command.ts'
import { lineOf } from '../../src/cli/rehearse/provider-lines.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal } from '../cli/terminal.ts'

async function setUp(options: Partial<CliIo> = {}) {
  const lines: string[] = []
  const errors: string[] = []
  const waiting = new Set<() => void>()
  let end = () => {}
  const { io, cwd } = await createTerminal({
    out: (line) => {
      lines.push(line)
      for (const look of [...waiting]) look()
    },
    err: (line) => void errors.push(line),
    onSignal: (handler) => {
      end = () => handler('SIGINT')
      return () => {}
    },
    ...options,
  })
  return {
    cwd,
    errors,
    lines,
    /** Ends with the test, if the test does not end it. */
    start: (...words: string[]) => {
      const ended = run(['rehearse', ...words], io, '0.0.0', [registerRehearse])
      onTestFinished(async () => {
        end()
        await ended
      })
      return ended
    },
    stop: () => end(),
    /** The first line, past or coming, in which that stands. */
    line: (part: string) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const found = lines.find((text) => text.includes(part))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}

const submit = (baseUrl: string, key = 'rehearsal') =>
  fetch(`${baseUrl}/v1/video/caption`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      video_url: 'https://files.example.org/a.mp4',
      id: 'run-1',
      webhook_url: 'http://127.0.0.1:9/',
    }),
  })

test('it tells how to point a source at it, then what happens, and at Ctrl-C a tally', async () => {
  const { start, stop, line, lines } = await setUp()
  const ended = start('--provider', 'nca-toolkit', '--port', '0', '--loss', '1', '--fault', 'nullId=0.5', '--seed', '3')
  const greeting = await line('listens at')
  const [, baseUrl = ''] = /listens at (\S+) \(seed 3\)/.exec(greeting) ?? []
  expect(greeting).toContain(`provider: nca-toolkit\n      baseUrl: ${baseUrl}`)
  expect(greeting).toContain(`NCA_BASE_URL=${baseUrl}`)
  const answer = await submit(baseUrl)
  const { job_id: jobId } = JSON.parse(await answer.text())
  expect(await line('callback-lost')).toContain(`job ${jobId}: nobody is told`)
  expect(await line('submit  ')).toContain('/v1/video/caption, attempt 1, key run-1')
  stop()
  expect(await ended).toBe(0)
  expect(lines.at(-1)).toMatch(/1 {2}submits\n\s+1 {2}jobs taken\n\s+1 {2}callbacks lost\n\s+1 {2}fault loss/)
  await expect(fetch(baseUrl)).rejects.toThrow()
})

test('the command `provider` is the same, and every line can be JSON', async () => {
  const { start, stop, line, lines } = await setUp()
  const ended = start('provider', 'airtable', '--key', 'mine', '--time-scale', '0', '--json')
  const started = JSON.parse(await line('started'))
  expect(started).toMatchObject({ provider: 'airtable', environment: { AIRTABLE_API_KEY: 'mine' } })
  const { AIRTABLE_ENDPOINT_URL: url, AIRTABLE_BASE_ID: base } = started.environment
  await fetch(`${url}/v0/${base}/Videos`, { headers: { authorization: 'Bearer mine' } })
  expect(JSON.parse(await line('records'))).toMatchObject({ kind: 'records', operation: 'list', status: 200 })
  stop()
  expect(await ended).toBe(0)
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: 'stopped', summary: { tables: { requests: 1 } } })
})

test('a fault can have parameters of its own', async () => {
  const { start, stop, line } = await setUp()
  const ended = start('--provider', 'nca-toolkit', '--json', '--fault', 'queueFull={"length": 3}', '--fault', 'loss=0')
  const { address } = JSON.parse(await line('started'))
  expect(await (await submit(address)).text()).toContain('MAX_QUEUE_LENGTH (3) reached')
  stop()
  expect(await ended).toBe(0)
})

test.each(['llamaparse', 'openai', 'storage', 's3'])('a stand-in for %s starts, and stops', async (name) => {
  const { start, stop, line, lines } = await setUp()
  const ended = start('--provider', name)
  expect(await line('listens at')).toMatch(/becket\.yaml:\n {2}(sources|storage):/)
  stop()
  expect(await ended).toBe(0)
  expect(lines.at(-1)).toContain('nobody asked anything')
})

test('an Airtable can have the tables of its user', async () => {
  const { start, stop, line, cwd } = await setUp()
  const file = join(cwd, 'bases.json')
  await writeFile(file, JSON.stringify({ appMine: { Reels: { Name: 'text', State: { select: ['open', 'done'] } } } }))
  const ended = start('--provider', 'airtable', '--bases', file, '--json')
  const { environment } = JSON.parse(await line('started'))
  const answer = await fetch(`${environment.AIRTABLE_ENDPOINT_URL}/v0/appMine/Reels`, {
    method: 'POST',
    headers: { authorization: 'Bearer rehearsal', 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { Name: 'a', State: 'done' } }),
  })
  expect(answer.status).toBe(200)
  stop()
  expect(await ended).toBe(0)
})

test.each<[string[], RegExp]>([
  [['--provider', 'nca-toolkt'], /did you mean nca-toolkit\?/],
  [['provider', 'openai', '--loss', '0.5'], /unknown fault `loss` of `embed`, known are/],
  [['provider', 'nca-toolkit', '--fault', 'nulId=1'], /did you mean `nullId`\?/],
  [['provider', 's3', '--fault', 'slowDown'], /name=share/],
  [['--provider', 's3', '--fault', 'slowDown={rate}'], /JSON after the =/],
  [['--provider', 'nca-toolkit', '--fault', 'failure={"code": 200}'], /`render.failure.code`/],
  [['--provider', 's3', '--loss', '2'], /share from 0 to 1/],
  [['--provider', 's3', '--delay', '2'], /with its unit/],
  [['--provider', 's3', '--port', '70000'], /0 to 65535/],
  [['--provider', 's3', '--processing', '2s'], /means nothing to s3/],
  [['--provider', 's3', '--bases', 'bases.json'], /means nothing to s3/],
  [['rase'], /there is no command "rehearse rase"; did you mean race\?/],
])('%j is refused, with what was probably meant', async (words, meant) => {
  const { start, errors } = await setUp()
  expect(await start(...words)).toBe(2)
  expect(errors.join('\n')).toMatch(meant)
})

test('tables that cannot be used are refused, with the place', async () => {
  const { start, errors, cwd } = await setUp()
  const file = join(cwd, 'bases.json')
  await writeFile(file, '{"appMine": {"Reels": {"Name": "words"}}}')
  expect(await start('--provider', 'airtable', '--bases', file)).toBe(2)
  expect(errors.join('\n')).toContain('see appMine › Reels › Name')
  await writeFile(file, '{')
  expect(await start('--provider', 'airtable', '--bases', file)).toBe(2)
})

test('a port that is taken is named with what to do', async () => {
  const first = await setUp()
  void first.start('--provider', 'openai')
  const [, port = ''] = /listens at \S+:(\d+) /.exec(await first.line('listens at')) ?? []
  const second = await setUp()
  expect(await second.start('--provider', 'openai', '--port', port)).toBe(69)
  expect(second.errors.join('\n')).toContain('another port with --port')
})

test('it refuses to run where the environment is production', async () => {
  const { start, errors } = await setUp({ env: { BECKET_ENVIRONMENT: 'production' } })
  expect(await start('--provider', 's3')).toBe(78)
  expect(errors.join('\n')).toContain('production')
})

test('the help names every option and every provider; without a command there is help, and 2', async () => {
  const { start, lines, errors } = await setUp()
  expect(await start('provider', '--help')).toBe(0)
  for (const part of ['--loss', '--status-down', '--fault', 'nca-toolkit', 'airtable']) {
    expect(lines.join('\n')).toContain(part)
  }
  expect(await start()).toBe(2)
  expect(errors.join('\n')).toContain('--provider <name>')
})

test('every kind of deed has its line', () => {
  const at = { seq: 1, atMs: Date.parse('2030-01-01T12:00:00.5Z') }
  const entries: Entry[] = [
    { ...at, kind: 'submit-answer', work: 'w', jobId: null, status: null },
    { ...at, kind: 'job-finished', jobId: 'j', outcome: 'failed', code: '500', pages: 0 },
    {
      ...at,
      kind: 'callback',
      jobId: 'j',
      eventId: 'e',
      event: 'final',
      copy: 1,
      try: 2,
      status: null,
      fault: 'ECONNREFUSED',
      tookMs: 3,
    },
    { ...at, kind: 'callback-delayed', jobId: 'j', ms: 5 },
    { ...at, kind: 'callback-held', jobId: 'j', why: 'reorder' },
    { ...at, kind: 'callback-dropped', jobId: 'j', why: 'redirected' },
    { ...at, kind: 'job-forgotten', jobId: 'j' },
    { ...at, kind: 'check', jobId: 'j', asked: 'status', status: 200, word: 'done' },
    { ...at, kind: 'embed', work: 'w', attempt: 1, items: 2, tokens: 3, status: 200 },
    { ...at, kind: 'object', operation: 'list', bucket: 'b', path: '', attempt: 1, status: 200, outcome: 'done' },
    { ...at, kind: 'attachment', recordId: 'r', attachmentId: 'a', outcome: 'dead', bytes: null, why: 'answered 404' },
  ]
  expect(entries.map((entry) => lineOf(entry).slice(32))).toEqual([
    'no job: no answer',
    'job j: failed (500)',
    'job j: ECONNREFUSED in 3 ms, copy 1, try 2',
    'job j: by 5 ms',
    'job j: reorder',
    'job j: redirected; it is not sent again',
    'job j: it never will be done',
    'job j: status 200 done',
    '2 items, 3 tokens, attempt 1: 200',
    'list b/: done (200)',
    'a of r: dead (answered 404)',
  ])
})
