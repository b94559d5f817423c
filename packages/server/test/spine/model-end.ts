/** Lets a scene come to its end: nobody says anything new, sinks take what they get, and time passes. */
import { createSweeper } from '../../src/engine/sweeper.ts'
import { silentLog } from '../../src/observe/log.ts'
import { noRoom } from '../../src/store/handover.ts'
import { LostLease, lanes } from '../../src/store/wakeups.ts'
import type { Scene } from './model-commands.ts'
import type { ModelSinks } from './model-sinks.ts'
import { MINUTE, type Spine } from './setup.ts'

// Twelve hours: more than the deadlines of all the attempts that a scene can bring about, one after the other.
const ROUNDS = 72

interface Ending {
  spine: Spine
  scene: Scene
  places: ModelSinks
  surprises: unknown[]
}

export async function endOf({ spine, scene, places, surprises }: Ending): Promise<void> {
  const { script, source } = spine
  script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
  script.check = async () =>
    scene.ending === 'pending'
      ? { kind: 'pending' }
      : { kind: 'outcome', outcome: { verdict: 'succeeded', output: 'in the end' } }
  source.api.collect = async () => ({ kind: 'collected', output: 'all of it' })
  places.mend()
  const closer = spine.worker('closer')
  const room = { ...noRoom(() => {}), isLimited: () => scene.limit !== undefined }
  const sweeper = createSweeper({ db: spine.db, room, sources: spine.sources, log: silentLog })

  /** Another one's sweep gives room that was freed by time alone; whatever else it finds was forgotten. */
  async function sweep(): Promise<void> {
    const found = Object.entries(await sweeper.sweep()).filter(([, count]) => count > 0)
    if (found.length > 0) surprises.push(`the sweep found ${found.map(([what, count]) => `${count} ${what}`).join()}`)
  }

  for (let round = 0; round < ROUNDS; round++) {
    for (const lane of lanes) {
      for (const claim of await closer.claim(lane)) {
        await closer.handle(claim).catch((thrown: unknown) => {
          if (!(thrown instanceof LostLease)) surprises.push(thrown)
        })
      }
    }
    const isOver = (await spine.all('select 1 from becket.wakeup limit 1')).length === 0
    // Otherwise as seldom as will do: it costs more than all the rest of a round.
    if (isOver || (scene.limit !== undefined && round % 4 === 1)) await sweep()
    if (isOver) return
    await spine.pass(10 * MINUTE)
  }
}
