/** 14 of the defects of the pipeline that this one takes the place of: its logs held whole payloads, and secrets. */
import { expect, test } from 'vitest'
import { page, pdf } from './pdf.ts'
import { type Bundle, setup } from './setup.ts'
import { endedWithoutPauses, look, row } from './waits.ts'

const CANARY = 'Canary4711'

const content = pdf(page(`${CANARY} in the text`))

async function callBack({ url }: Bundle, path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return answer.status
}

/** Every kind of trouble that gives somebody a reason to log what was in hand. */
async function liveThroughAll(bundle: Bundle): Promise<string[]> {
  const { rehearsal, becket, db, webhookSecret } = bundle
  const facts = { filename: `${CANARY}.pdf`, owner: `${CANARY} Ltd` }
  const document = await becket.documents.create({ ...facts, bytes: 12, sha256: '0'.repeat(64) })
  const signature = new URL(document.upload?.url ?? '').searchParams.get('signature') ?? ''
  await becket.documents.upload(document, Buffer.from(`${CANARY}??`))
  await becket.documents.finalize(document.id).catch(() => undefined)

  const busy = { attempts: 1, retryAfterSec: 0 }
  rehearsal.setFaults({
    parse: {
      rateLimited: busy,
      serverError: { attempts: 2 },
      early: 1,
      duplicate: 1,
      otherStatusWord: { word: CANARY },
    },
    embed: { rateLimited: busy, serverError: { attempts: 2 }, zeroVector: { attempts: 3 } },
  })
  await endedWithoutPauses(bundle, await bundle.submit(content, facts))
  rehearsal.setFaults({ parse: { synchronous: 1 }, embed: { failure: 1 } })
  const failing = await bundle.submit(content, { ...facts, owner: `${CANARY} Inc` })
  await endedWithoutPauses(bundle, failing)

  const forged = `test.exp_${'0'.repeat(26)}.${Buffer.from(`${CANARY}-and-some-more-of-it`).toString('base64url')}`
  const secretHeaders = { authorization: `Bearer ${CANARY}`, 'x-api-key': CANARY, cookie: `session=${CANARY}` }
  const body = JSON.stringify({ event_type: 'parse.success', data: { id: CANARY, markdown: CANARY } })
  expect(await callBack(bundle, `/webhook/llamaparse/${CANARY}?key=${CANARY}`, body, secretHeaders)).toBe(200)
  expect(await callBack(bundle, '/webhook/llamaparse/x', body, { 'lc-signature': `sha256=${CANARY}` })).toBe(401)
  expect(await callBack(bundle, `/in/llamaparse/t/${forged}`, body)).toBe(401)
  expect(await callBack(bundle, '/in/llamaparse', `${CANARY} is not JSON \0 at all`, secretHeaders)).toBe(200)
  expect(await callBack(bundle, `/in/${CANARY}`, body)).toBe(404)
  await look('callbacks with a fate', async () => {
    const { rows } = await db.query(`select 1 from becket.callback where fate = 'received'`)
    return rows.length === 0 ? true : undefined
  })
  // A body that PostgreSQL is asked to choke on.
  await fetch(`${bundle.url}/v1/expectations`, {
    method: 'POST',
    headers: { authorization: `Bearer wrong-${CANARY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source: CANARY, key: `${CANARY}\0` }),
  })
  await row(db, 'select 1 from becket.evidence limit 1')
  const { rows } = await db.query<{ id: string }>('select id from becket.expectation')
  const tokens = rows.map(({ id }) => `test.${id}.`)
  return [signature, webhookSecret, ...tokens, forged.slice(-20)]
}

test('14: the log of a whole run, at its most talkative, holds no payload, no secret and no token', async () => {
  await using bundle = await setup({ encryptionKey: Buffer.alloc(32, 5).toString('base64') })
  const found = await liveThroughAll(bundle)
  await bundle.app.stop()
  const log = bundle.logged()
  // It is the log of this run, and it tells what happened, by id.
  expect(log.split('\n').length).toBeGreaterThan(30)
  expect(log).toContain('"expectationId":"exp_')
  expect(log).toContain('becket started')
  const linesWith = (text: string) => log.split('\n').filter((line) => line.toLowerCase().includes(text.toLowerCase()))
  for (const secret of [...bundle.secrets, ...found]) expect(linesWith(secret)).toEqual([])
  expect(linesWith(CANARY)).toEqual([])
  expect(linesWith(Buffer.from(CANARY).toString('base64').slice(0, 12))).toEqual([])
})

test('14: what is kept of a callback for the debug view has its secrets taken out', async () => {
  await using bundle = await setup()
  await callBack(bundle, `/in/llamaparse?api_key=${CANARY}&job_id=42`, '{}', {
    authorization: `Bearer ${CANARY}`,
    'x-api-key': CANARY,
    cookie: `session=${CANARY}`,
  })
  const { items } = await bundle.becket.callbacks.list()
  const shown = JSON.stringify(await bundle.becket.callbacks.get(items[0]?.id ?? ''))
  expect(shown).toContain('job_id=42')
  expect(shown).not.toContain(CANARY)
})
