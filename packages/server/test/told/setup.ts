/**
 * A server whose every statement is seen, and a provider that does as the input of its work says; as `lab` it can be asked. What happens between the
 * taking of the work and its end is the test's to say: `meanwhile`.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { expect, vi } from 'vitest'
import { z } from 'zod'
import { listenOn } from '../chaos/listen-on.ts'
import { ADMIN_KEY, type Bundle, setup as setupServer } from '../document/setup.ts'
import { countStatements } from '../statement-counter.ts'

/** What the provider does with its work: `takes` is no more than that. */
export type Way = 'takes' | 'calls back' | 'calls back twice' | 'fails' | 'answers at once' | 'refuses'

const work = z.object({ callbackUrl: z.string(), way: z.string() })

const result = { text: 'snow \u2744', pages: [3, 1.5], longer: null }

export interface Told extends AsyncDisposable {
  bundle: Bundle
  /** What was read back of expectations since this was last asked. */
  readBack(): number
  /** Another process on the same database. */
  other(): ReturnType<Bundle['another']>
  /** Where the provider calls back; by default where it is told. */
  callAt(origin: string): void
  /** Before the provider calls back. */
  meanwhile(work: (callbackUrl: string) => Promise<unknown>): void
  /** As the provider. */
  say(url: URL, what: object): Promise<void>
  /** As the provider, once somebody here has read the expectation. */
  callBackOnceRead(callbackUrl: string): Promise<void>
  /** The id of the one that its provider has taken, once it has. */
  waiting(): Promise<string>
  post(path: string, body: unknown): Promise<string>
  get(path: string): Promise<string>
}

const READS_BACK = /json_agg/

export async function setup(): Promise<Told> {
  let between: (callbackUrl: string) => Promise<unknown> = async () => {}
  let origin: string | null = null
  const calls = new Set<Promise<unknown>>()

  async function callBack(callbackUrl: string, way: string): Promise<void> {
    await between(callbackUrl)
    const at = origin === null ? callbackUrl : new URL(new URL(callbackUrl).pathname, origin).href
    if (way === 'calls back twice') await say(at, { status: 'working' })
    await say(at, way === 'fails' ? { status: 'error', error: 'out of paper' } : { status: 'done', result })
  }

  const provider = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    // Whoever asks hears that it is done.
    if (request.method === 'GET') return answer(200, { status: 'done', result })
    const { callbackUrl, way } = work.parse(JSON.parse(await textOf(request)))
    if (way === 'refuses') return answer(422, { message: 'too long' })
    if (way === 'answers at once') return answer(200, { id: 'work-1', status: 'done', result })
    answer(200, { id: 'work-1', status: 'working' })
    if (way !== 'takes') calls.add(callBack(callbackUrl, way))
  })
  const baseUrl = `http://127.0.0.1:${await listenOn(provider)}`
  const sources = {
    studio: studio(baseUrl),
    lab: { ...studio(baseUrl), check: { url: '/status/{externalId}', ...terms } },
  }
  const bundle = await setupServer({ more: { sources } })
  await bundle.app.stop()
  const counter = await countStatements(bundle.databaseUrl)
  const { url } = await bundle.another({ database: { url: counter.url, poolSize: 8 }, sources })

  async function ask(path: string, init: RequestInit = {}): Promise<string> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` }
    const response = await fetch(`${url}${path}`, { ...init, headers })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return text
  }

  return {
    bundle,
    other: () => bundle.another({ sources }),
    readBack: () => counter.statements.splice(0).filter((text) => READS_BACK.test(text)).length,
    callAt: (elsewhere) => {
      origin = elsewhere
    },
    meanwhile: (work) => {
      between = work
    },
    say,
    async callBackOnceRead(callbackUrl) {
      await vi.waitFor(() => expect(counter.statements.filter((text) => READS_BACK.test(text))).toHaveLength(1))
      await say(callbackUrl, { status: 'done', result })
    },
    waiting: () =>
      vi.waitFor(async () => {
        const { rows } = await bundle.db.query<{ id: string }>(
          `select id from becket.expectation where state = 'waiting'`,
        )
        const [row] = rows
        if (row === undefined) throw new Error('no expectation waits')
        return row.id
      }),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
    get: (path) => ask(path),
    async [Symbol.asyncDispose]() {
      await Promise.all(calls)
      await bundle[Symbol.asyncDispose]()
      await counter[Symbol.asyncDispose]()
      provider.closeAllConnections()
      provider.close()
    },
  }
}

async function say(url: string | URL, what: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ id: 'work-1', ...what }) })
  await response.arrayBuffer()
}

const terms = { status: '/status', succeeded: ['done'], failed: ['error'], pending: ['working'], output: '/result' }

function studio(baseUrl: string) {
  return {
    provider: 'http',
    baseUrl,
    allowPrivate: true,
    submit: {
      url: '/work',
      body: { callbackUrl: '{callbackUrl}', way: '{input:/way}' },
      externalId: '/id',
      ...terms,
    },
    read: { externalId: '/id', error: '/error', ...terms },
    operations: { render: { expectWithin: '1h', deadline: '2h' } },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
