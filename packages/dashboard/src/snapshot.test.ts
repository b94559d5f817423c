import { type Becket, createBecket } from '@becket/client'
import { expect, test } from 'vitest'
import { askForSnapshot } from './snapshot.ts'

/** A client whose server answers each path as told; a path that nobody told of breaks the connection. */
function becketThat(answers: Record<string, { status: number; body: unknown }>): Becket {
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(String(input))
    const answer = answers[`${url.pathname}${url.searchParams.get('overdue') === 'true' ? '?overdue' : ''}`]
    if (answer === undefined) throw new TypeError('connection refused')
    return new Response(JSON.stringify(answer.body), { status: answer.status })
  }
  return createBecket({ url: 'http://becket.test', apiKey: 'test-key', fetch, retries: 0 })
}

const nothing = { status: 200, body: { items: [], nextCursor: null } }

function problem(status: number, code: string, detail: string) {
  const facts = { type: `urn:becket:error:${code}`, title: code, hint: 'Do this.', requestId: 'r', retryable: false }
  return { status, body: { ...facts, status, code, detail } }
}

const everything = {
  '/v1/expectations': nothing,
  '/v1/expectations?overdue': nothing,
  '/v1/documents': nothing,
  '/v1/jobs': nothing,
  '/v1/callbacks': nothing,
}

test('a server from which nothing answers is away', async () => {
  expect(await askForSnapshot(becketThat({}))).toMatchObject({ kind: 'away' })
})

test('a proxy that answers in its place is away too', async () => {
  const page = { status: 502, body: '<h1>Bad gateway</h1>' }
  const paths = [...Object.keys(everything), '/v1/health']
  expect(await askForSnapshot(becketThat(Object.fromEntries(paths.map((path) => [path, page]))))).toMatchObject({
    kind: 'away',
  })
})

test('a key that is not taken is refused, not away', async () => {
  const answers = { ...everything, '/v1/health': problem(401, 'UNAUTHENTICATED', 'The key is not known') }
  expect(await askForSnapshot(becketThat(answers))).toEqual({ kind: 'refused', detail: 'The key is not known' })
})

test('what one question may not learn does not hide what the others did', async () => {
  const answers = { ...everything, '/v1/callbacks': problem(403, 'FORBIDDEN', 'It needs the role viewer') }
  expect(await askForSnapshot(becketThat(answers))).toMatchObject({
    kind: 'answered',
    snapshot: {
      health: { kind: 'unknown' },
      jobs: { kind: 'known' },
      callbacks: { kind: 'unknown', reason: 'It needs the role viewer' },
    },
  })
})

test('without the overdue ones the open expectations are not known, rather than incomplete', async () => {
  const answers = { ...everything, '/v1/expectations?overdue': problem(503, 'UNAVAILABLE', 'The database is away') }
  expect(await askForSnapshot(becketThat(answers))).toMatchObject({
    snapshot: { expectations: { kind: 'unknown', reason: 'The database is away' } },
  })
})
