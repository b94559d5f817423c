/**
 * Observations as production makes them. Work is handed in all the time, each piece asked about by the plan that was
 * learned when it began: a callback tells its time exactly; where it was lost, two checks tell between which ages it
 * ended; what still runs when we look tells that it takes longer than so far.
 */
import { decayed, emptyLatency, mergedLatency, observe } from '../../../packages/server/dist/core/latency.js'
import { emptyLearned } from '../../../packages/server/dist/core/learned-plan.js'
import { lossRate } from '../../../packages/server/dist/core/loss.js'
import { nextOf, tableOf } from './plans.mjs'
import { DEADLINE_SECONDS } from './truth.mjs'

const DEADLINE_MS = DEADLINE_SECONDS * 1000

// So many run at once, about: the more, the more is censored when we look.
const IN_FLIGHT = 5

// When the plan is computed anew while it learns: as often as it still changes.
const RENEWALS = [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 70, 100, 150, 250, 400, 650, 1000]

/** What is known once so many pieces of work have ended, for each of `counts`, ascending. */
export function learnedAfter({ distribution, loss, random, costs, counts }) {
  let learned = emptyLearned()
  let table = tableOf(learned, costs)
  const snapshots = []
  const running = []
  const everyMs = (meanSeconds(distribution, random) * 1000) / IN_FLIGHT
  for (let startMs = 0; snapshots.length < counts.length; startMs += everyMs * 2 * random()) {
    running.sort((one, other) => one.knownMs - other.knownMs)
    while (running.length > 0 && running[0].knownMs <= startMs && snapshots.length < counts.length) {
      const { knownMs, completion, isLost } = running.shift()
      learned = learnedWith(learned, completion, isLost)
      if (RENEWALS.includes(learned.observations)) table = tableOf(withRunning(learned, running, knownMs), costs)
      if (learned.observations === counts[snapshots.length]) snapshots.push(withRunning(learned, running, knownMs))
    }
    running.push({ startMs, ...lived(startMs, distribution.draw(random) * 1000, random() < loss, table) })
  }
  return snapshots
}

function lived(startMs, tookMs, isLost, table) {
  if (tookMs >= DEADLINE_MS) {
    return { knownMs: startMs + DEADLINE_MS, completion: { kind: 'censored', atMs: DEADLINE_MS }, isLost }
  }
  if (!isLost) return { knownMs: startMs + tookMs, completion: { kind: 'exact', afterMs: tookMs }, isLost }
  const completion = foundBy(table, tookMs)
  return { knownMs: startMs + completion.toMs, completion, isLost }
}

function foundBy(table, tookMs) {
  let fromMs = 0
  for (let toMs = nextOf(table, 0); ; toMs = nextOf(table, toMs)) {
    if (toMs >= tookMs) return { kind: 'between', fromMs, toMs }
    fromMs = toMs
  }
}

function learnedWith({ latency, loss, observations }, completion, isLost) {
  if (completion.kind === 'censored') return { latency: observe(latency, completion), loss, observations }
  return {
    latency: observe(latency, completion),
    loss: { lost: loss.lost + (isLost ? 1 : 0), arrived: loss.arrived + (isLost ? 0 : 1) },
    observations: observations + 1,
  }
}

/** Where callbacks are lost, what seems to run may have ended: it is believed as far as callbacks are. */
function withRunning(learned, running, nowMs) {
  const ages = running.map(({ startMs }) => nowMs - startMs).filter((atMs) => atMs > 0)
  const still = ages.reduce((counts, atMs) => observe(counts, { kind: 'censored', atMs }), emptyLatency())
  return { ...learned, latency: mergedLatency([learned.latency, decayed(still, 1 - lossRate(learned.loss))]) }
}

function meanSeconds(distribution, random) {
  const drawn = Array.from({ length: 50 }, () => distribution.draw(random)).filter(Number.isFinite)
  return drawn.reduce((sum, one) => sum + one, 0) / drawn.length
}
