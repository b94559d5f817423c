/** Callbacks that the lane is to match together, and workers that do it. */
import type { Db } from '../../src/db/db.ts'
import type { Claim } from '../../src/store/wakeups.ts'
import { type Spine, setup, somebody } from './setup.ts'
import { createWorker, type Worker } from './worker.ts'

/** Callbacks are stored first, and read by the lane. */
export const storedFirst = () => setup({ settlesAtIntake: false })

export async function registered(spine: Spine, key = 'k', externalId?: string): Promise<string> {
  const request = { source: 'parser', operation: 'parse', key, externalId }
  return (await spine.expectations.register(request, somebody)).expectation.id
}

/** One expectation for each name, by the id `ext-<name>`. */
export function registeredAs(spine: Spine, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => registered(spine, name, `ext-${name}`)))
}

export async function calledBack(spine: Spine, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) ids.push(await spine.callBack({ id: `ext-${name}` }))
  return ids
}

/** Works on all of them at the same time; answers why those failed that did, by their callbacks. */
export async function handleAll(worker: Worker, claims: readonly Claim[]): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>()
  await Promise.all(
    claims.map((claim) => worker.handle(claim).catch((error: unknown) => void failed.set(claim.subject, error))),
  )
  return failed
}

export function workerOn(spine: Spine, db: Db, owner = 'ins_other'): Worker {
  const { sources, pipelines, rules } = spine
  return createWorker({ db, owner, sources, pipelines, rules, asks: true })
}

/** What `tx` does before it begins its work and after it ends, as often as it is called. */
export function around(db: Db, { before, inside }: { before?: () => void; inside?: () => void }): Db {
  return {
    ...db,
    tx: (work, options) => {
      before?.()
      return db.tx(async (tx) => {
        const done = await work(tx)
        inside?.()
        return done
      }, options)
    },
  }
}

export const states = (spine: Spine) =>
  spine.all<{ key: string; state: string }>('select key, state from becket.expectation order by key')

export const fates = async (spine: Spine) =>
  (await spine.all<{ fate: string }>('select fate from becket.callback order by id')).map(({ fate }) => fate)
