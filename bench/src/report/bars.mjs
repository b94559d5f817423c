/**
 * What Becket holds itself to, and how each stands by the results that there are. Pure: what was not measured is said to
 * be not measured, and never guessed.
 */

/** @typedef {{ what: string, wanted: string, found: string | null, isMet: boolean | null }} Bar `null`: not measured. */

/**
 * `all`: results by suite, as `bench/results/<name>.json` holds them.
 * @returns {Bar[]}
 */
export function barsOf(all) {
  const loop = all['loop-128']?.medians
  const rateOf = (medians, name) => medians?.[name]?.perSecond
  const atBest = (name) => greatest([32, 128, 512].map((clients) => rateOf(all[`loop-${clients}`]?.medians, name)))
  const becket = rateOf(loop, 'becket')
  const intake = all.intake?.medians
  const half = all['intake-half']?.medians
  const { growth } = all

  return [
    atLeast('callback loop, 128 clients, against the ceiling', 0.6, ratio(becket, rateOf(loop, 'ceiling')), 'share'),
    atLeast('callback loop against Restate at its best', 2.5, ratio(becket, atBest('restate'))),
    atLeast('callback loop against DBOS at its best', 12, ratio(becket, atBest('dbos'))),
    atLeast('callback loop against pg-boss with a handler, at its best', 4, ratio(becket, atBest('pg-boss'))),
    atLeast('callback loop against the users’ own handler, at its best', 3, ratio(becket, atBest('handler'))),
    atLeast(
      'callback loop against graphile-worker with a handler, at its best',
      1.5,
      ratio(becket, atBest('graphile-worker')),
    ),
    atLeast('intake against the bare route', 0.45, ratio(rateOf(intake, 'becket'), rateOf(intake, 'bare')), 'share'),
    atLeast('intake against the users’ own handler', 4, ratio(rateOf(intake, 'becket'), rateOf(intake, 'handler'))),
    below('intake p99 at half of the handler’s top rate', 25, half?.becket?.p99, 'ms'),
    belowOther('intake p99 there, beside the handler’s', half?.becket?.p99, half?.handler?.p99),
    ...jobBars(all),
    atLeast(
      'any of it with 10 million finished and 1 million waiting, against empty',
      0.9,
      leastShare(growth, '10 M'),
      'share',
    ),
    atLeast(
      'any of it with the xmin horizon pinned, against not pinned',
      0.5,
      leastShare(growth, 'empty, pinned'),
      'share',
    ),
    ...['stopped', 'frozen'].flatMap((way) => outageBars(way, all.outage?.medians?.[way])),
    ...recoveryBars(all.recovery),
  ]
}

function jobBars(all) {
  return [
    ['jobs-added', 'plain jobs added one by one'],
    ['jobs-drained', 'plain jobs drained'],
  ].flatMap(([suite, what]) => {
    const medians = all[suite]?.medians
    const against = (name) => ratio(medians?.becket?.perSecond, medians?.[name]?.perSecond)
    return [
      atLeast(`${what}, against graphile-worker`, 1.5, against('graphile-worker')),
      atLeast(`${what}, against pg-boss`, 3, against('pg-boss')),
    ]
  })
}

/** Of the parts, the one that suffers most. */
function leastShare(growth, size) {
  const grown = growth?.medians?.[`becket, ${size}`]
  const empty = growth?.medians?.['becket, empty']
  if (grown === undefined || empty === undefined) return undefined
  const shares = ['loop', 'intake', 'jobs'].map((part) => ratio(grown[part]?.perSecond, empty[part]?.perSecond))
  // A part that is missing could be the one that suffers most.
  return shares.includes(undefined) ? undefined : Math.min(...shares)
}

function outageBars(way, found) {
  const name = `database ${way} under load`
  const broken = found === undefined ? undefined : found.lost + found.doubled
  return [
    bar(`${name}: lost or doubled`, 'none', broken === undefined ? null : String(broken), broken === 0),
    below(`${name}: p99 of the answers`, 50, found?.p99, 'ms'),
    below(`${name}: drained`, 60, found?.drainedAfterSeconds, 's'),
  ]
}

function recoveryBars(recovery) {
  const after = recovery?.overall?.find(({ count }) => count === 100)
  const all = recovery?.againstLadder?.find(({ stuckShare }) => stuckShare === 0)?.all
  const asksNoMore = all?.rarer !== undefined && all.rarer.checks <= all.ladder.checks
  const faster = asksNoMore ? ratio(all.ladder.delaySeconds, all.rarer.delaySeconds) : undefined
  return [
    atMost('learned plan after 100 observations, cost against the optimum: median', 1.2, after?.median),
    atMost('learned plan after 100 observations, cost against the optimum: 95th percentile', 1.6, after?.p95),
    atLeast('recovery sooner than by the ladder, at no more checks', 10, faster),
  ]
}

function atLeast(what, wanted, found, kind = 'times') {
  const show = (value) => (kind === 'share' ? `${percent(value)}` : `${floored(value, 2)}×`)
  const said = kind === 'share' ? `${Math.round(wanted * 100)} %` : `${wanted}×`
  return bar(what, said, found === undefined ? null : show(found), found >= wanted)
}

function atMost(what, wanted, found) {
  return bar(what, `at most ${wanted}`, found === undefined ? null : found.toFixed(2), found <= wanted)
}

function below(what, wanted, found, unit) {
  return bar(
    what,
    `under ${wanted} ${unit}`,
    found === undefined ? null : `${found.toFixed(1)} ${unit}`,
    found < wanted,
  )
}

function belowOther(what, found, other) {
  const isKnown = found !== undefined && other !== undefined
  return bar(what, 'lower', isKnown ? `${found.toFixed(1)} beside ${other.toFixed(1)} ms` : null, found < other)
}

function bar(what, wanted, found, isMet) {
  return { what, wanted, found, isMet: found === null ? null : isMet }
}

function percent(share) {
  return `${floored(share * 100, 1)} %`
}

/** Never rounded over a bar. */
function floored(value, digits) {
  return (Math.floor(value * 10 ** digits) / 10 ** digits).toFixed(digits)
}

function ratio(one, other) {
  return one === undefined || other === undefined || other === 0 ? undefined : one / other
}

function greatest(values) {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
