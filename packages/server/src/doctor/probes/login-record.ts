/**
 * One user's password at one host is tried once while it is not known to be good: poolers shut out whoever fails too
 * often, and a wrong password is wrong at every port. Remembers outcomes, never the password.
 */
import { createHash } from 'node:crypto'
import type { Refusal } from './database-login.ts'
import type { DatabaseTarget } from './database-target.ts'
import { type Seen, unknown } from './report.ts'

export interface LoginRecord {
  /** Logs in unless this password was refused already; waits for whoever tries it just now. */
  once(target: DatabaseTarget, login: () => Promise<Refusal>): Promise<Seen>
}

export function createLoginRecord(): LoginRecord {
  const refused = new Map<string, Promise<boolean>>()
  return {
    async once(target, login) {
      const key = keyOf(target)
      const before = refused.get(key)
      const answer = (async (): Promise<Refusal> => {
        if ((await before) !== true) return login()
        return { seen: unknown('not tried: the same password was just refused on this host'), isPassword: true }
      })()
      refused.set(
        key,
        answer.then(({ isPassword }) => isPassword),
      )
      return (await answer).seen
    },
  }
}

function keyOf({ host, user, password }: DatabaseTarget): string {
  return createHash('sha256')
    .update([host ?? '', user, password].join('\0'))
    .digest('hex')
}
