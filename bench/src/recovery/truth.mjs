/**
 * What a sequence of checks costs when the truth is known, and the cheapest sequence there is: by a dynamic programme
 * over a fine grid of ages that shares no code with the plan under test. Callbacks that come, come at once.
 */

const POINTS = 2400
export const DEADLINE_SECONDS = 24 * 60 * 60

/** One distribution, tabulated: the ages, how likely work is done, and the time it was done so far, on average. */
export function truthOf(distribution) {
  const ages = [0]
  // From 0.2 s: nothing ends sooner. Each 0.5 % later than the one before.
  const ratio = (DEADLINE_SECONDS / 0.2) ** (1 / (POINTS - 1))
  for (let index = 0; index < POINTS; index++) ages.push(0.2 * ratio ** index)
  const alive = ages.map(distribution.survival)
  const doneTime = [0]
  for (let index = 1; index < ages.length; index++) {
    const width = ages[index] - ages[index - 1]
    doneTime.push(doneTime[index - 1] + (1 - (alive[index] + alive[index - 1]) / 2) * width)
  }
  return { ages, alive, doneTime, survival: distribution.survival, doneTimeAt: (age) => lookUp(ages, doneTime, age) }
}

/** For one piece of work on average; `checks` and `delay` are what `cost` weighs. */
export function costOf(truth, loss, checkAges, { perCheck, perSecond }) {
  let checks = 0
  let delay = 0
  let before = 0
  let aliveBefore = 1
  let doneTimeBefore = 0
  for (const age of [...checkAges, DEADLINE_SECONDS]) {
    const alive = truth.survival(age)
    const doneTime = truth.doneTimeAt(age)
    checks += alive + loss * (aliveBefore - alive)
    delay += loss * (doneTime - doneTimeBefore - (1 - aliveBefore) * (age - before))
    if (alive < 1e-9 || age >= DEADLINE_SECONDS) break
    before = age
    aliveBefore = alive
    doneTimeBefore = doneTime
  }
  return { checks, delay, cost: perCheck * checks + perSecond * delay }
}

/** The ages at which to ask, in seconds. */
export function cheapestChecks(truth, loss, { perCheck, perSecond }) {
  const { ages, alive, doneTime } = truth
  let last = alive.findIndex((share) => share < 1e-9)
  if (last === -1) last = ages.length - 1
  const costs = new Float64Array(last + 1)
  const next = new Int32Array(last + 1)
  for (let from = last - 1; from >= 0; from--) {
    let best = Number.POSITIVE_INFINITY
    for (let to = from + 1; to <= last; to++) {
      const wait = loss * (doneTime[to] - doneTime[from] - (1 - alive[from]) * (ages[to] - ages[from]))
      if (perSecond * wait >= best) break
      const cost = perCheck * (alive[to] + loss * (alive[from] - alive[to])) + perSecond * wait + costs[to]
      if (cost < best) {
        best = cost
        next[from] = to
      }
    }
    costs[from] = best
  }
  const checks = []
  for (let at = next[0]; ; at = next[at]) {
    checks.push(ages[at])
    if (at >= last) return checks
  }
}

function lookUp(ages, values, age) {
  let low = 0
  let high = ages.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ages[middle] <= age) low = middle
    else high = middle
  }
  const part = Math.min(1, (age - ages[low]) / (ages[high] - ages[low]))
  return values[low] + (values[high] - values[low]) * part
}
