/**
 * Takes objects out of the storage that no row refers to any more: their keys were noted in the transaction that removed the
 * row, so that a crash leaves none behind. Keeps to the storage's breaker; what fails is tried again in a later round.
 */
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Breakers } from '../store/breakers.ts'
import { forgetDoomedObject, readDoomedObjects } from '../store/retention-subjects.ts'
import { countRemoved } from '../store/retention-walk.ts'

export interface DoomedObjects {
  /** Answers how many went. */
  remove(signal: AbortSignal): Promise<number>
}

// 100 a round: a minute's worth for a slow storage, and ten thousand a day.
const AT_ONCE = 100

export interface DoomedObjectsOptions {
  db: Db
  storage: Storage
  breakers: Breakers
  log: Log
}

export function createDoomedObjects({ db, storage, breakers, log }: DoomedObjectsOptions): DoomedObjects {
  const gate = breakers.gate(`storage:${storage.name}`)
  return {
    async remove(signal) {
      let removed = 0
      for (const key of await readDoomedObjects(db, AT_ONCE)) {
        if (signal.aborted) break
        if ((await gate.admit()).kind === 'refused') break
        const answer = await storage.delete(key)
        if (answer.kind === 'unavailable') {
          await gate.faulted(answer.reason)
          break
        }
        await gate.succeeded()
        if (answer.kind === 'deleted' || answer.kind === 'missing') removed += 1
        // It stays where it is: nobody refers to it, and to ask again would not help.
        else log.warn({ key, answer: answer.kind }, 'an object that nobody needs could not be removed')
        await forgetDoomedObject(db, key)
      }
      if (removed > 0) await countRemoved(db, 'objects', removed)
      return removed
    },
  }
}
