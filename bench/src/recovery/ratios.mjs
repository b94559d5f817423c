/**
 * What each plan costs against the cheapest sequence of checks that anybody could have known: the learned plan after so
 * many observations, the ladder, the best fixed interval in hindsight, and the best capped exponential in hindsight.
 */
import { learnedAfter } from './learning.mjs'
import { exponentialAges, fixedAges, ladderAges, learnedAges, tableOf } from './plans.mjs'
import { distributions, losses, randomOf } from './scenarios.mjs'
import { cheapestChecks, costOf, truthOf } from './truth.mjs'

/** One check is worth one second of not knowing, as in the simulations of the literature. */
export const costs = { perCheck: 1, perSecond: 1 }
export const counts = [10, 30, 100, 1000]

/** Fixed intervals that could be somebody's choice, 2 s to 20 min: the best of them is taken, knowing the truth. */
const intervals = Array.from({ length: 38 }, (_, index) => 2 * 1.19 ** index)

/** One row for each distribution and loss; `learned` has the ratios of every seed, by count. */
export function ratiosOf({ seeds, onCell = () => undefined }) {
  return distributions.flatMap((distribution, which) => {
    const truth = truthOf(distribution)
    return losses.map((loss) => {
      const optimum = costOf(truth, loss, cheapestChecks(truth, loss, costs), costs)
      const ratio = (ages) => costOf(truth, loss, ages, costs).cost / optimum.cost
      const learned = counts.map(() => [])
      for (let seed = 0; seed < seeds; seed++) {
        const random = randomOf(seed * 7919 + which * 104729 + Math.round(loss * 1000))
        const snapshots = learnedAfter({ distribution, loss, random, costs, counts })
        for (const [at, snapshot] of snapshots.entries()) learned[at].push(ratio(learnedAges(tableOf(snapshot, costs))))
      }
      const row = {
        distribution: distribution.name,
        loss,
        optimum,
        ladder: ratio(ladderAges),
        fixed: Math.min(...intervals.map((seconds) => ratio(fixedAges(seconds)))),
        exponential: Math.min(
          ...intervals.flatMap((first) => [60, 300].map((cap) => ratio(exponentialAges(first, cap)))),
        ),
        learned: Object.fromEntries(counts.map((count, at) => [count, learned[at]])),
      }
      onCell(row)
      return row
    })
  })
}

export function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
