/** The plans that are compared, each as the ages in seconds at which it asks about work that never ends. */
import { nextFrom, planTable } from '../../../packages/server/dist/core/learned-plan.js'
import { ladder, nextCheck } from '../../../packages/server/dist/core/poll-plan.js'
import { DEADLINE_SECONDS } from './truth.mjs'

/** Of the first users, and of every operation here. */
export const EXPECT_WITHIN_MS = 5 * 60 * 1000
const deadlineMs = DEADLINE_SECONDS * 1000

export const ladderAges = until((ageMs) => {
  const next = nextCheck({ plan: ladder, ageMs, expectWithinMs: EXPECT_WITHIN_MS, deadlineMs })
  return ageMs + next.afterMs
})

/** Every so many seconds. */
export const fixedAges = (seconds) => until((ageMs) => ageMs + seconds * 1000)

/** Twice the wait each time, up to a cap, as client libraries do. */
export function exponentialAges(firstSeconds, capSeconds) {
  let waitMs = firstSeconds * 1000
  return until((ageMs) => {
    const at = ageMs + waitMs
    waitMs = Math.min(2 * waitMs, capSeconds * 1000)
    return at
  })
}

/** Without `longestMs` none decides: the optimum has no such limit either. Callbacks that come, come at once. */
export function tableOf(learned, { perCheck, perSecond, longestMs = deadlineMs }) {
  return planTable({ learned, prior: null, costs: { perCheck, perSecond, longestMs }, lagMs: 0 })
}

export const learnedAges = (table, longestSeconds) => until((ageMs) => nextOf(table, ageMs), longestSeconds)

/** Known to run at this age: when to ask. */
export function nextOf(table, ageMs) {
  const waiting = { ageMs, lastKnownIncompleteMs: ageMs, expectWithinMs: EXPECT_WITHIN_MS, deadlineMs }
  return ageMs + nextFrom(table, waiting).afterMs
}

function until(next) {
  const ages = []
  for (let ageMs = next(0); ageMs < deadlineMs; ageMs = next(ageMs)) ages.push(ageMs / 1000)
  return ages
}
