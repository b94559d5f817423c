/** The configured sources as the API shows them: without their secrets, and with how busy each is now. */
import type { Source as ShownSource } from '@becket/client/contract'
import type { Db } from '../db/db.ts'
import type { Source, Sources } from '../providers/sources.ts'
import { countAllInHand, countHeldBack, type Place } from '../store/held-back.ts'
import type { Paces } from '../store/pace.ts'
import { timeOrNull } from './paging.ts'

export interface SourceServiceOptions {
  db: Db
  sources: Sources
  paces: Paces
  publicUrl: () => string
}

export function createSourceService({ db, sources, paces, publicUrl }: SourceServiceOptions) {
  async function list(): Promise<ShownSource[]> {
    const [inHand, heldBack, paused] = await Promise.all([countAllInHand(db), countHeldBack(db), paces.list()])
    return [...sources.values()].map((source) => {
      const pause = paused.find((each) => each.name === `source:${source.id}`)
      return {
        id: source.id,
        provider: source.provider,
        verify: source.verify.scheme,
        callbackUrl: `${publicUrl()}/in/${source.id}`,
        paths: [...source.paths],
        rate: source.rate ?? null,
        pausedUntil: timeOrNull(pause?.pausedUntilMs ?? null),
        pauseReason: pause?.reason ?? null,
        operations: Object.entries(source.operations).map(([name, settings]) => ({
          name,
          expectWithinMs: settings.expectWithinMs,
          deadlineMs: settings.deadlineMs,
          plan: settings.plan.kind,
          resubmit: settings.resubmit,
          concurrency: settings.concurrency ?? null,
          inHand: sumOf(inHand, source, name),
          heldBack: sumOf(heldBack, source, name),
        })),
      }
    })
  }
  return { list }
}

/** `*` stands for every operation that has no name of its own here. */
function sumOf(counts: readonly (Place & { count: number })[], source: Source, operation: string): number {
  const isMeant = (name: string) =>
    operation === '*' ? name === '*' || !Object.hasOwn(source.operations, name) : name === operation
  return counts
    .filter((each) => each.source === source.id && isMeant(each.operation))
    .reduce((sum, each) => sum + each.count, 0)
}
