/**
 * Whose sake a request is made for, carried along with the call of a provider's code: the code need not pass it on, and a
 * user's own provider cannot forget it. Only records read it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const subjects = new AsyncLocalStorage<string>()

/** Every request that `work` makes is recorded with this id. */
export function forSubject<Result>(id: string, work: () => Result): Result {
  return subjects.run(id, work)
}

export function currentSubject(): string | null {
  return subjects.getStore() ?? null
}
