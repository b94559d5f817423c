/**
 * Sends callbacks at a fixed rate, a process of its own, and remembers of each what was answered and after how long.
 * Never repeats one: who was told 503 would try again, and that would hide what was lost.
 *
 * Command `run`: `{ origin, requests, options, rate, phases }`: how many seconds each phase is long, in order. What
 * was due in a phase counts there, whenever it was answered.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Pool } from 'undici'
import { createHistogram } from '../harness/histogram.mjs'
import { serve } from '../harness/serve.mjs'

// 20 s: what is not answered by then is counted as refused; a provider would have given up long before.
const PATIENCE_MS = 20_000

async function run({ origin, requests, options, rate, phases }) {
  const seconds = Object.values(phases).reduce((sum, length) => sum + length, 0)
  const { createRequests } = await import(pathToFileURL(requests).href)
  const maker = await createRequests(options)
  // No limit that would make one callback wait for another: each provider is somebody else.
  const pool = new Pool(origin, { connections: 1_024, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS })
  const histogram = createHistogram()
  const byPhase = Object.fromEntries(Object.keys(phases).map((phase) => [phase, createHistogram()]))
  const accepted = []
  const refused = { count: 0, samples: [] }
  const inFlight = new Set()
  const beganAt = performance.now()
  const total = rate * seconds
  for (let number = 0; number < total; ) {
    const dueBy = ((performance.now() - beganAt) * rate) / 1_000
    while (number < Math.min(dueBy, total)) {
      const sent = one(number, beganAt + (number * 1_000) / rate)
      number++
      inFlight.add(sent)
      sent.finally(() => inFlight.delete(sent))
    }
    await delay(1)
  }
  await Promise.all(inFlight)
  await pool.close()
  return {
    offered: total,
    /** What the answers called them. */
    accepted,
    refused: refused.count,
    samples: refused.samples,
    p50: histogram.quantile(0.5),
    p99: histogram.quantile(0.99),
    max: histogram.max(),
    p99By: Object.fromEntries(Object.entries(byPhase).map(([phase, own]) => [phase, own.quantile(0.99)])),
  }

  async function one(number, dueAt) {
    const { path, headers, body } = maker.next(number)
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body })
      const text = await answer.body.text()
      if (answer.statusCode === 200) accepted.push(JSON.parse(text).callback)
      else refuse(`${answer.statusCode} ${text.slice(0, 300)}`)
    } catch (error) {
      refuse(error.message)
    }
    // Of every answer, also of a refusal, and from when it was due.
    const tookMs = performance.now() - dueAt
    histogram.add(tookMs)
    byPhase[phaseAt((dueAt - beganAt) / 1_000)].add(tookMs)
  }

  function phaseAt(second) {
    let end = 0
    const found = Object.entries(phases).find(([, length]) => {
      end += length
      return second < end
    })
    return (found ?? Object.entries(phases).at(-1))[0]
  }

  function refuse(why) {
    refused.count++
    if (refused.samples.length < 3) refused.samples.push(why)
  }
}

serve({ commands: { run } })
