/** Tries each peer in several ways, so that it is measured at its best: what wins belongs into settings.mjs. */
import { readArguments } from '../harness/arguments.mjs'
import { alternate, loadColumns } from '../harness/measure.mjs'
import { measureLoop, withStage } from './loop.mjs'
import { candidates, peerSettings } from './settings.mjs'

export async function run(args) {
  const { clients, seconds, warmup, rounds, only, resume } = readArguments('tune', args, {
    clients: 128,
    seconds: 5,
    warmup: 10,
    rounds: 3,
    only: Object.keys(candidates),
    resume: false,
  })
  await withStage(async (stage) => {
    for (const peer of only) {
      if (candidates[peer] === undefined) {
        throw new Error(`tune: nothing to try for ${peer}; there are ${Object.keys(candidates).join(', ')}`)
      }
      await alternate({
        name: `tune-${peer}`,
        title: peer,
        settings: { clients, seconds, warmup, ...peerSettings[peer] },
        postgres: await stage.postgres.version(),
        variants: candidates[peer].map((changes) => ({
          name: nameOf(changes),
          run: () => measureLoop(stage, peer, { clients, seconds, warmup, settings: changes }),
        })),
        rounds,
        resume,
        against: nameOf({}),
        columns: loadColumns,
        keepGoing: true,
      })
    }
  })
}

function nameOf(changes) {
  const parts = Object.entries(changes).map(([name, value]) =>
    typeof value === 'object' ? nameOf(value) : `${name} ${value}`,
  )
  return parts.length === 0 ? 'as set' : parts.join(', ')
}
