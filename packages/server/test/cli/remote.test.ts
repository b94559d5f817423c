import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callback, createFakeServer, document, expectation, health, job, problem } from './answers.ts'
import { createTerminal } from './terminal.ts'

const page = (...items: unknown[]) => ({ items, nextCursor: null })

describe('becket jobs', () => {
  it('lists jobs with whole ids, times that a person can read, and the way to the next page', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/jobs': { items: [job], nextCursor: 'abc' } })
    const { run } = await createTerminal()
    const { code, out } = await run('jobs', 'list', '--url', url, '--state', 'deadletter,queued', '--limit', '5')
    expect(code).toBe(0)
    expect(out).toMatch(/^job {2,}pipeline +stage +state +progress +moved +error\n/)
    expect(out).toContain(`${job.id}  document  failed_parse  deadletter  25 %      3 min ago  PARSE_EMPTY`)
    expect(out).toContain('--cursor abc')
    expect(asked[0]?.query).toMatchObject({ state: 'deadletter,queued', limit: '5' })
  })

  it('teaches the next command where there are none', async () => {
    const { url } = await createFakeServer({ 'GET /v1/jobs': page() })
    const { run } = await createTerminal()
    expect((await run('jobs', 'list', '--url', url)).out).toContain('becket documents upload')
  })

  it.each(['jobs', 'documents'])('of %s: a page without a match is not taken for the whole list', async (noun) => {
    const { url } = await createFakeServer({ [`GET /v1/${noun}`]: { items: [], nextCursor: 'abc' } })
    const { run } = await createTerminal()
    const { out } = await run(noun, 'list', '--status', 'failed_parse', '--url', url)
    expect(out).toContain('None on this page')
    expect(out).toContain('--cursor abc')
  })

  it('prints the answer itself for programs', async () => {
    const { url } = await createFakeServer({ 'GET /v1/jobs': page(job) })
    const { run } = await createTerminal()
    const { out } = await run('jobs', 'list', '--json', '--url', url)
    expect(JSON.parse(out)).toMatchObject({ items: [{ id: job.id }], nextCursor: null })
  })

  it('refuses a state that there is not, with a suggestion, before it asks anybody', async () => {
    const { url, asked } = await createFakeServer({})
    const { run } = await createTerminal()
    const { code, err } = await run('jobs', 'list', '--url', url, '--state', 'queud')
    expect(code).toBe(2)
    expect(err).toContain('--state does not take "queud"')
    expect(err).toContain('Did you mean queued?')
    expect(asked).toEqual([])
  })

  it('draws the timeline, one line an event, with times since the first', async () => {
    const { url } = await createFakeServer({ [`GET /v1/jobs/${job.id}`]: job })
    const { run } = await createTerminal()
    const { code, out } = await run('jobs', 'show', job.id, '--url', url)
    expect(code).toBe(0)
    expect(out.split('\n').slice(-5)).toEqual(
      [
        '',
        ' +0 ms  · job.created',
        '+1.5 s  · expectation.submitted  exp_1  externalId="x 1" tookMs=20',
        '+57 min  ✗ job.failed             code=PARSE_EMPTY more={…}',
        '',
      ]
        .map((line) => (line === '' ? line : line.trimStart()))
        .map((line) => expect.stringContaining(line)),
    )
    expect(out).toContain('support id  sup-1')
    expect(out).toContain(`becket jobs retry ${job.id}`)
  })

  it('wait ends with 0 only when the job is done', async () => {
    const { url } = await createFakeServer({
      [`GET /v1/jobs/${job.id}`]: job,
      'GET /v1/jobs/job_2': { ...job, id: 'job_2', state: 'done', status: 'complete', error: null },
    })
    const { run } = await createTerminal()
    expect((await run('jobs', 'wait', job.id, '--url', url)).code).toBe(1)
    expect((await run('jobs', 'wait', 'job_2', '--url', url)).code).toBe(0)
  })

  it('cancel demands a reason and hands it over', async () => {
    const { url, asked } = await createFakeServer({ 'POST /v1/jobs/job_2/cancel': { ...job, state: 'cancelled' } })
    const { run } = await createTerminal()
    const without = await run('jobs', 'cancel', 'job_2', '--url', url)
    expect(without.code).toBe(2)
    expect(without.err).toContain('--reason')
    expect((await run('jobs', 'cancel', 'job_2', '--reason', 'not needed', '--url', url)).code).toBe(0)
    expect(asked[0]?.body).toEqual({ reason: 'not needed' })
  })
})

describe('becket expectations', () => {
  it('shows the evidence and when the provider is asked next, and why', async () => {
    const { url } = await createFakeServer({ 'GET /v1/expectations/exp_1': expectation })
    const { run } = await createTerminal()
    const { out } = await run('expectations', 'show', 'exp_1', '--url', url)
    expect(out).toMatch(/next check +in 2 min/)
    expect(out).toMatch(/evd_1 +check +pending +inconclusive +1 min ago +- +status=PENDING/)
  })

  it('settles by hand with what was made, and with a reason', async () => {
    const { url, asked } = await createFakeServer({ 'POST /v1/expectations/exp_1/settle': expectation })
    const { run } = await createTerminal()
    const words = ['expectations', 'settle', 'succeeded', 'exp_1', '--reason', 'seen in the bucket', '--url', url]
    expect((await run(...words, '--output', '{"a":1}')).code).toBe(0)
    expect(asked[0]?.body).toEqual({ verdict: 'succeeded', output: { a: 1 }, reason: 'seen in the bucket' })
    const wrong = await run(...words, '--output', '{a')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--output is not JSON')])
  })

  it('extends by a duration or to a time, and by exactly one of them', async () => {
    const { url, asked } = await createFakeServer({ 'POST /v1/expectations/exp_1/extend': expectation })
    const { run } = await createTerminal()
    const words = ['expectations', 'extend', 'exp_1', '--reason', 'slow today', '--url', url]
    expect((await run(...words)).code).toBe(2)
    expect((await run(...words, '--by', '2h')).code).toBe(0)
    expect(asked[0]?.body).toEqual({ reason: 'slow today', by: '2h' })
  })
})

describe('becket callbacks', () => {
  it('goes by the name webhooks too, and takes no orders from what was received', async () => {
    const { url } = await createFakeServer({ 'GET /v1/callbacks': page(callback), 'GET /v1/callbacks/cb_1': callback })
    const { run } = await createTerminal()
    expect((await run('webhooks', 'list', '--url', url)).out).toContain('no signature')
    const { out } = await run('callbacks', 'show', 'cb_1', '--url', url)
    expect(out).toContain('content-type: application/json\n\n{"id":"x-1"}?[2J')
  })
})

describe('becket documents', () => {
  it('uploads each file on its own and tells which one failed', async () => {
    const { url } = await createFakeServer({ 'POST /v1/documents': document })
    const { run, cwd } = await createTerminal()
    await writeFile(join(cwd, 'a.pdf'), '%PDF-')
    const { code, out } = await run('documents', 'upload', 'missing.pdf', 'a.pdf', '--url', url)
    expect(code).toBe(1)
    expect(out).toMatch(/missing\.pdf +- +ENOENT/)
    expect(out).toMatch(new RegExp(`a\\.pdf +doc_1 +finalized +${job.id}`))
  })

  it('uploads by the address it was given, whatever the server calls itself outside', async () => {
    const path = '/v1/documents/doc_1/content'
    const upload = {
      url: `https://becket.example.org${path}?expires=1&signature=s`,
      method: 'PUT',
      expiresAt: '2030-01-01T12:05:00Z',
      headers: { 'content-type': 'application/pdf' },
    }
    const { url, asked } = await createFakeServer({
      'POST /v1/documents': { ...document, state: 'registered', upload },
      [`PUT ${path}`]: { ...document, state: 'registered' },
      'POST /v1/documents/doc_1/finalize': document,
    })
    const { run, cwd } = await createTerminal()
    await writeFile(join(cwd, 'a.pdf'), '%PDF-')
    expect((await run('documents', 'upload', 'a.pdf', '--owner', 'me', '--url', url)).code).toBe(0)
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/documents',
      `PUT ${path}`,
      'POST /v1/documents/doc_1/finalize',
    ])
    expect(asked[0]?.body).toMatchObject({ owner: 'me', filename: 'a.pdf', bytes: 5 })
    expect(String(asked[1]?.body)).toBe('%PDF-')
  })

  it('waits for the jobs when asked to, and says what the user would read', async () => {
    const { url } = await createFakeServer({ 'POST /v1/documents': document, [`GET /v1/jobs/${job.id}`]: job })
    const { run, cwd } = await createTerminal()
    await writeFile(join(cwd, 'a.pdf'), '%PDF-')
    const { code, out } = await run('documents', 'upload', 'a.pdf', '--wait', '--url', url)
    expect(code).toBe(1)
    expect(out).toContain('a.pdf: No text was found in the document.')
  })
})

describe('the other nouns', () => {
  it('health is 0 only when everything is healthy', async () => {
    const { url } = await createFakeServer({ 'GET /v1/health': health })
    const { run } = await createTerminal()
    const { code, out } = await run('health', '--url', url)
    expect(code).toBe(1)
    expect(out).toMatch(/worker +down +0/)
    expect(out).toMatch(/job +7 +1 min 30 s/)
    expect(out).toMatch(/storage +open +in 30 s +unavailable/)
    const well = await createFakeServer({ 'GET /v1/health': { ...health, status: 'healthy' } })
    expect((await run('health', '--url', well.url)).code).toBe(0)
  })

  it('keys create prints the secret alone to standard output', async () => {
    const key = {
      id: 'key_1',
      name: 'ci',
      role: 'app',
      createdAt: '2030-01-01T11:00:00Z',
      revokedAt: null,
      secret: 'test-key',
    }
    const { url } = await createFakeServer({ 'POST /v1/keys': key, 'GET /v1/keys': page() })
    const { run } = await createTerminal()
    const made = await run('keys', 'create', 'ci', '--role', 'app', '--url', url)
    expect(made).toMatchObject({ code: 0, out: 'test-key\n' })
    expect((await run('keys', 'create', 'ci', '--role', 'amdin', '--url', url)).err).toContain('Did you mean admin?')
    expect((await run('keys', 'list', '--url', url)).out).toContain('becket keys create')
  })

  it('sources teaches how to add one', async () => {
    const { url } = await createFakeServer({ 'GET /v1/sources': { items: [] } })
    const { run } = await createTerminal()
    expect((await run('sources', '--url', url)).out).toContain('`sources:` in becket.yaml')
  })
})

describe('the key', () => {
  it('comes from the flag, else the environment, else .env, else the file that the server left', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/sources': { items: [] } })
    const { run, cwd, io } = await createTerminal()
    await mkdir(join(cwd, 'state'))
    await writeFile(join(cwd, 'becket.yaml'), 'dataDir: state\n')
    await writeFile(join(cwd, 'state', 'admin.key'), 'key-of-file\n')
    await run('sources', '--url', url)
    await writeFile(join(cwd, '.env'), `BECKET_API_KEY=key-of-dotenv\nBECKET_URL=${url}\n`)
    await run('sources')
    io.env.BECKET_API_KEY = 'key-of-environment'
    await run('sources')
    await run('sources', '--api-key', 'key-of-flag')
    expect(asked.map(({ authorization }) => authorization)).toEqual(
      ['file', 'dotenv', 'environment', 'flag'].map((origin) => `Bearer key-of-${origin}`),
    )
  })

  it('of this machine is not sent to another one', async () => {
    const { run, cwd } = await createTerminal()
    await mkdir(join(cwd, '.becket'))
    await writeFile(join(cwd, '.becket', 'admin.key'), 'hush')
    const sent: (string | null)[] = []
    const real = globalThis.fetch
    globalThis.fetch = (_input, init) => {
      sent.push(new Headers(init?.headers).get('authorization'))
      return Promise.reject(new TypeError('no network'))
    }
    try {
      expect((await run('sources', '--url', 'http://becket.example:7400')).code).toBe(69)
    } finally {
      globalThis.fetch = real
    }
    expect(sent).toEqual([null])
  })
})

describe('what goes wrong', () => {
  it('has an exit code that means something', async () => {
    const { url } = await createFakeServer({
      'GET /v1/jobs/j1': problem('UNAUTHENTICATED', 401),
      'GET /v1/jobs/j2': problem('FORBIDDEN', 403),
      'GET /v1/jobs/j3': problem('UNAVAILABLE', 503),
      'GET /v1/jobs/j4': problem('REQUEST_INVALID', 400),
    })
    const { run } = await createTerminal()
    const codes = []
    for (const id of ['j1', 'j2', 'j3', 'j4', 'j5']) codes.push((await run('jobs', 'show', id, '--url', url)).code)
    expect(codes).toEqual([77, 77, 69, 2, 1])
  })

  it('says what happened, to what, and what to do next', async () => {
    const { url } = await createFakeServer({})
    const { run } = await createTerminal()
    const { err, out } = await run('jobs', 'show', 'job_9', '--url', url)
    expect(err).toBe('error: Detail of NOT_FOUND\nhint: Hint of NOT_FOUND\nrequest: req-1\n')
    expect(out).toBe('')
    const json = await run('jobs', 'show', 'job_9', '--json', '--url', url)
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'NOT_FOUND', exitCode: 1, requestId: 'req-1' } })
  })

  it('is known at once when nobody listens', async () => {
    const { run } = await createTerminal()
    const { code, err } = await run('jobs', 'list', '--url', 'http://127.0.0.1:1')
    expect(code).toBe(69)
    expect(err).toContain('Check that the server runs')
  })

  it('suggests the command and the option that were meant', async () => {
    const { run } = await createTerminal()
    const command = await run('jbos')
    expect([command.code, command.err]).toEqual([2, expect.stringContaining('Did you mean jobs?')])
    const option = await run('jobs', 'list', '--stat', 'queued')
    expect([option.code, option.err]).toEqual([2, expect.stringContaining('--stat')])
    expect(option.err).toContain('Did you mean')
    expect((await run('expectations', 'shw', 'x')).code).toBe(2)
  })

  it('an address that is none is a usage error', async () => {
    const { run } = await createTerminal()
    expect((await run('health', '--url', 'localhost:7400')).code).toBe(2)
  })
})
