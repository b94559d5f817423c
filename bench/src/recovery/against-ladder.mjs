/**
 * How late a lost callback is made up for, beside the ladder, for no more checks. For each truth the price of a check is
 * raised until the learned plan asks no more often than the ladder does; beside it stands the cheapest plan there is, at
 * the same number of checks: where that is not ten times faster, none can be. Then all truths at the default price.
 */
import { defaultCosts } from '../../../packages/server/dist/core/learned-plan.js'
import { learnedAfter } from './learning.mjs'
import { ladderAges, learnedAges, tableOf } from './plans.mjs'
import { distributions, losses, randomOf, withStuck } from './scenarios.mjs'
import { cheapestChecks, costOf, truthOf } from './truth.mjs'

const OBSERVATIONS = 100
const STEPS = 14
const { perCheck, perSecond, longestMs } = defaultCosts
const usual = { perCheck, perSecond }

/** `rarer` is at the price that makes the learned plan ask no more than the ladder; `usual` at the default one. */
export function againstLadder({ seeds, stuckShare }) {
  return distributions.flatMap((plain, which) => {
    const distribution = withStuck(plain, stuckShare)
    const truth = truthOf(distribution)
    return losses.map((loss) => {
      const of = (ages) => costOf(truth, loss, ages, usual)
      const ladder = of(ladderAges)
      const learned = Array.from({ length: seeds }, (_, seed) => {
        const random = randomOf(seed * 7919 + which * 104729 + Math.round(loss * 1000))
        const costs = { perCheck, perSecond, longestMs }
        const [snapshot] = learnedAfter({ distribution, loss, random, costs, counts: [OBSERVATIONS] })
        const at = (price) => of(learnedAges(tableOf(snapshot, { perCheck: price, perSecond, longestMs })))
        return { rarer: dearest(ladder.checks, at), usual: at(perCheck) }
      })
      const best = dearest(ladder.checks, (price) => of(cheapestChecks(truth, loss, { perCheck: price, perSecond })))
      return {
        distribution: distribution.name,
        loss,
        stuckShare,
        ladder: shown([ladder], loss),
        rarer: shown(
          learned.map(({ rarer }) => rarer),
          loss,
        ),
        optimum: shown([best], loss),
        usual: shown(
          learned.map((one) => one.usual),
          loss,
        ),
      }
    })
  })
}

/** Over all truths: the checks for each piece of work, and the delay of each lost callback, of which a worse source has more. */
export function pooled(rows, of) {
  const lost = rows.reduce((sum, { loss }) => sum + loss, 0)
  return {
    checks: rows.reduce((sum, row) => sum + of(row).checks, 0) / rows.length,
    delaySeconds: rows.reduce((sum, row) => sum + row.loss * of(row).delaySeconds, 0) / lost,
  }
}

function shown(several, loss) {
  const mean = (of) => several.reduce((sum, one) => sum + of(one), 0) / several.length
  return { checks: mean(({ checks }) => checks), delaySeconds: mean(({ delay }) => delay) / loss }
}

/** Of the plans for all prices, the one that asks most and no more than so often. */
function dearest(mostChecks, planAt) {
  let low = Math.log(0.001)
  let high = Math.log(1e7)
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (planAt(Math.exp(middle)).checks > mostChecks) low = middle
    else high = middle
  }
  return planAt(Math.exp(high))
}
