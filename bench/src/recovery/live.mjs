/**
 * The same in real time, through the whole server: how late a lost callback is made up for, and how often the provider is
 * asked meanwhile, by the ladder and by the learned plan side by side. All times of the defaults are a tenth of
 * what they are, but for the minute for which a callback that was overtaken by a check may still come.
 */
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { startBecket } from '../harness/becket.mjs'
import { say } from '../harness/measure.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { distributions, randomOf } from './scenarios.mjs'

const TIMES = 10
const LOSS = 0.2
const EACH_MS = 50
// What a check found counts as lost 60 s later; 5 s until that is written, and 60 s for which a table is kept.
const LEARNED_MS = 130_000
const [truth] = distributions
const plans = {
  ladder: { ladder: [{ until: '90s', every: '12s' }, { until: '6m', every: '30s' }, { every: '90s' }] },
  learned: { learned: { checkWorth: '1s' } },
}

/** Answers by plan: checks for each piece of work, and seconds from the true end to the answer where the callback was lost. */
export async function live({ taught = 200, measured = 300 } = {}) {
  const postgres = createPostgres()
  await postgres.start()
  try {
    const all = await Promise.all(
      Object.entries(plans).map(async ([name, plan]) => [
        name,
        await liveOf(postgres, name, plan, { taught, measured }),
      ]),
    )
    return { settings: { truth: truth.name, times: TIMES, loss: LOSS, taught, measured }, ...Object.fromEntries(all) }
  } finally {
    await postgres.stop()
  }
}

async function liveOf(postgres, name, plan, { taught, measured }) {
  const provider = await startProvider()
  const operations = { render: { plan, expectWithin: '30s', deadline: '10m' } }
  const check = {
    url: '/pieces/{externalId}',
    status: '/status',
    succeeded: ['done'],
    failed: ['error'],
    output: '/result',
  }
  const becket = await startBecket({
    databaseUrl: await postgres.createDatabase(`live_${name}`),
    origin: provider.origin,
    source: { operations, check },
  })
  try {
    say(`${name}: ${taught} pieces of work to learn from ...`)
    await Promise.all(numbers(0, taught).map((number) => loop(becket, provider, number, number * EACH_MS)))
    await delay(LEARNED_MS)
    const asked = provider.asked()
    say(`${name}: ${measured} pieces of work ...`)
    const pieces = numbers(taught, measured)
    const ends = await Promise.all(pieces.map((number) => loop(becket, provider, number, (number - taught) * EACH_MS)))
    const late = ends.filter(({ isLost }) => isLost).map(({ lateMs }) => lateMs / 1_000)
    return {
      checks: (provider.asked() - asked) / measured,
      lost: late.length,
      delaySeconds: late.reduce((sum, seconds) => sum + seconds, 0) / late.length,
    }
  } finally {
    await becket.stop()
    await provider.stop()
  }
}

/** One piece of work from its registration to the answer. */
async function loop(becket, provider, number, afterMs) {
  await delay(afterMs)
  const asked = { source: 'studio', operation: 'render', key: `piece-${number}`, input: { number }, submit: true }
  const { id } = await ask(becket, 'POST', '/v1/expectations', asked)
  for (;;) {
    const { state } = await ask(becket, 'GET', `/v1/expectations/${id}?wait=30s`)
    if (state !== 'waiting' && state !== 'submitting') {
      if (state !== 'succeeded') throw new Error(`piece ${number} ended as ${state}`)
      const { endedAt, isLost } = provider.of(number)
      return { isLost, lateMs: performance.now() - endedAt }
    }
  }
}

async function ask({ origin, headers }, method, path, value) {
  const { statusCode, body } = await request(`${origin}${path}`, {
    method,
    headers: { ...headers, ...(value === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
    headersTimeout: 60_000,
  })
  const text = await body.text()
  if (statusCode >= 300) throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

/** Takes the time that the truth says, and forgets to call back about some. */
async function startProvider() {
  const random = randomOf(1)
  const pieces = new Map()
  let asked = 0
  const server = createServer((incoming, response) => {
    const chunks = []
    incoming.on('data', (chunk) => chunks.push(chunk))
    incoming.on('end', () => {
      const answer = (value) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(value))
      }
      if (incoming.method === 'POST') return answer(take(JSON.parse(Buffer.concat(chunks).toString())))
      asked++
      const piece = pieces.get(Number(incoming.url.split('-').at(-1)))
      answer(performance.now() < piece.endedAt ? { id: piece.id, status: 'running' } : done(piece))
    })
  })

  function take({ callbackUrl, input: { number } }) {
    const tookMs = (truth.draw(random) * 1_000) / TIMES
    const piece = { id: `w-${number}`, endedAt: performance.now() + tookMs, isLost: random() < LOSS }
    pieces.set(number, piece)
    if (!piece.isLost) setTimeout(() => callBack(callbackUrl, piece), tookMs)
    return { id: piece.id }
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    asked: () => asked,
    of: (number) => pieces.get(number),
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

const done = ({ id }) => ({ id, status: 'done', result: { url: `https://files.example.org/${id}.mp4` } })

async function callBack(url, piece) {
  const headers = { 'content-type': 'application/json' }
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: JSON.stringify(done(piece)) })
  await body.dump()
  if (statusCode >= 300) throw new Error(`the callback of ${piece.id} was answered ${statusCode}`)
}

const numbers = (from, count) => Array.from({ length: count }, (_, index) => from + index)
