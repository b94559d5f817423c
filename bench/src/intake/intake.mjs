/**
 * Intake alone: how many callbacks a second are taken in durably, and how long an answer takes at a fixed rate. Becket
 * beside the handler as the first users wrote it, and a route that keeps nothing.
 */
import { readArguments } from '../harness/arguments.mjs'
import { becketSettings } from '../harness/becket.mjs'
import { alternate, say } from '../harness/measure.mjs'
import { createPostgres } from '../harness/postgres.mjs'
import { contenders } from './contenders.mjs'
import { createRunner } from './runner.mjs'

// Beyond any contender: each callback of a run has its own expectation.
const MOST_PER_SECOND = 15_000

export async function run(args) {
  const options = readArguments('intake', args, {
    clients: 128,
    seconds: 10,
    warmup: 6,
    rounds: 3,
    only: [],
    resume: false,
  })
  await measureIntake({ ...options, most: MOST_PER_SECOND })
}

export async function short() {
  const only = ['becket', 'handler']
  await measureIntake({
    clients: 32,
    seconds: 1,
    warmup: 0.5,
    rounds: 1,
    only,
    resume: false,
    most: 3_000,
    suffix: '-short',
  })
}

async function measureIntake({ most, clients, seconds, warmup, rounds, only, resume, suffix = '' }) {
  const wanted = (names) => names.filter((name) => only.length === 0 || only.includes(name))
  const postgres = createPostgres()
  await postgres.start()
  try {
    const known = Math.ceil((seconds + warmup) * most)
    const runner = createRunner({ postgres, known })
    const settings = {
      clients,
      seconds,
      warmup,
      callbackBytes: 1_024,
      becket: becketSettings,
      postgres: postgres.settings,
    }
    const common = { postgres: await postgres.version(), rounds, resume }
    const window = { seconds, warmupSeconds: warmup }
    const variant = (load) => (name) => ({ name, run: () => runner.run(name, { ...window, ...load }) })

    const { medians } = await alternate({
      ...common,
      name: `intake${suffix}`,
      title: 'intake',
      settings,
      variants: wanted(Object.keys(contenders)).map(variant({ clients })),
      against: 'handler',
    })
    if (medians.handler === undefined || medians.becket === undefined) {
      say('no fixed rates: they follow from what becket and handler reach')
      return
    }
    const half = toTens(medians.handler.perSecond / 2)
    await alternate({
      ...common,
      name: `intake-half${suffix}`,
      title: `intake at ${half}/s, half of the handler’s most`,
      settings: { ...settings, rate: half },
      variants: wanted(['becket', 'handler', 'bare']).map(variant({ rate: half })),
      headline: 'p99',
      against: 'handler',
      inverse: true,
    })
    if (suffix !== '') return
    const nearMost = toTens(medians.becket.perSecond * 0.75)
    await alternate({
      ...common,
      name: `intake-most${suffix}`,
      title: `intake at ${nearMost}/s, 75 % of Becket’s most`,
      settings: { ...settings, rate: nearMost },
      variants: wanted(['becket', 'bare']).map(variant({ rate: nearMost })),
      headline: 'p99',
      against: 'bare',
      inverse: true,
    })
  } finally {
    await postgres.stop()
  }
}

/** A rate that a reader can repeat. */
function toTens(rate) {
  return Math.max(10, Math.round(rate / 10) * 10)
}
