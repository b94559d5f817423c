/** What it means that a database did not let us in. One login says it: whoever tries again is shut out by some poolers. */
import { sqlState } from '../../db/sql-error.ts'
import type { DatabaseTarget } from './database-target.ts'
import { fail, type Seen, unknown } from './report.ts'

export interface Refusal {
  seen: Seen
  /** The password is wrong, and would be at every other port as well. */
  isPassword: boolean
}

export function judgeRefusal(error: unknown, { user, host }: DatabaseTarget): Refusal {
  const state = sqlState(error)
  const said = error instanceof Error ? error.message : String(error)
  const words = `the server said: ${said}${state === undefined ? '' : ` (${state})`}`
  const not = (seen: Seen): Refusal => ({ seen, isPassword: false })
  if (/tenant or user not found|ENOIDENTIFIER|no tenant identifier/i.test(said)) {
    const remedy = `Write the user as \`postgres.REF\`, with the reference of the project, and take the host of its region; it is \`${user}\` at ${host ?? 'a socket'} now.`
    return not(fail('DB02', words, remedy))
  }
  if (state === '28P01' || /password must be a string|SASL.*(signature|password)/i.test(said)) {
    const remedy = `Set the password of \`${user}\` anew, percent-encoded in the URL; no other attempt was made with this one.`
    return { seen: fail('KEY01', words, remedy), isPassword: true }
  }
  if (/circuit ?breaker/i.test(said)) {
    return not(unknown(words, 'The pooler shuts us out after failed logins. Wait some minutes before trying again.'))
  }
  if (state === '28000') {
    return /no encryption|SSL off|SSL/i.test(said)
      ? not(fail('DB08', words, 'Add `sslmode=verify-full` to the URL: the server lets nobody in without TLS.'))
      : not(fail('DB12', words, `Let \`${user}\` log in, or use another role.`))
  }
  if (state === '3D000') return not(fail('DB12', words, 'Correct the name of the database at the end of the URL.'))
  if (state === '42501') return not(fail('DB12', words, `Grant \`${user}\` the right to connect.`))
  if (state === '53300' || /max clients|too many (connections|clients)/i.test(said)) {
    return not(fail('DB11', words, 'Close what is idle, or make the pools of all instances smaller.'))
  }
  if (state?.startsWith('57P') === true) return not(unknown(words, 'The server is starting or stopping: ask again.'))
  return not(fail('NET01', words, 'Look into the log of the server or of the pooler for this login.'))
}
