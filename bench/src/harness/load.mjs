/**
 * The load generator, a process of its own. Command `run`: a closed loop of `clients` (each sends its next request when
 * the last was answered), or a fixed `rate` per second whose times count from when each request was due, so that a slow
 * answer is not hidden by the requests that it kept back.
 *
 * What is sent comes from a module: `createRequests(options)` answers `{ next(n) → { path, method?, headers?, body? },
 * isRight(status, text) → boolean }`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Pool } from 'undici'
import { createHistogram } from './histogram.mjs'
import { serve, tell } from './serve.mjs'

// Each number is used once in the life of this process: no two requests of one process are the same.
let number = 0

async function run({ origin, requests, options = {}, clients, rate, seconds, warmupSeconds = 1, maxInFlight = 4_000 }) {
  const { createRequests } = await import(pathToFileURL(requests).href)
  const maker = await createRequests(options)
  const pool = new Pool(origin, {
    connections: clients ?? Math.min(maxInFlight, 512),
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
  })
  const tally = { total: 0, wrong: 0, samples: [], histogram: createHistogram() }
  const beganAt = performance.now()
  const measureFrom = beganAt + warmupSeconds * 1_000
  const until = measureFrom + seconds * 1_000
  // The starter samples the processors' time at both ends.
  const marks = [tellAfter(warmupSeconds * 1_000, 'measuring'), tellAfter(until - beganAt, 'measured')]

  async function one(sinceMs) {
    const { path, method = 'POST', headers, body } = maker.next(number++)
    let problem
    try {
      const answer = await pool.request({ path, method, headers, body })
      const text = await answer.body.text()
      if (!maker.isRight(answer.statusCode, text)) problem = `${answer.statusCode} ${text}`
    } catch (error) {
      problem = error.message
    }
    const now = performance.now()
    tally.total++
    if (problem !== undefined) {
      tally.wrong++
      if (tally.samples.length < 3) tally.samples.push(problem.slice(0, 240))
    } else if (now >= measureFrom && now < until) tally.histogram.add(now - sinceMs)
  }

  const dropped = rate === undefined ? await closedLoop() : await openLoop()
  await Promise.all(marks)
  await pool.close()
  const { histogram, total, wrong, samples } = tally
  return {
    // Answered rightly within the window; `total` has the warm-up and the last answers too.
    count: histogram.count(),
    total,
    wrong,
    dropped,
    samples,
    perSecond: histogram.count() / seconds,
    p50: histogram.quantile(0.5),
    p90: histogram.quantile(0.9),
    p99: histogram.quantile(0.99),
    max: histogram.max(),
  }

  async function closedLoop() {
    const client = async () => {
      while (performance.now() < until) await one(performance.now())
    }
    await Promise.all(Array.from({ length: clients }, client))
    return 0
  }

  async function openLoop() {
    const inFlight = new Set()
    let due = 0
    let kept = 0
    for (;;) {
      const now = performance.now()
      const end = Math.min(now, until)
      while (beganAt + (due * 1_000) / rate < end) {
        const sinceMs = beganAt + (due++ * 1_000) / rate
        if (inFlight.size >= maxInFlight) {
          kept++
          continue
        }
        const sent = one(sinceMs)
        inFlight.add(sent)
        sent.finally(() => inFlight.delete(sent))
      }
      if (now >= until) break
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await Promise.all(inFlight)
    return kept
  }
}

async function tellAfter(ms, name) {
  await delay(ms)
  tell(name)
}

serve({ commands: { run } })
