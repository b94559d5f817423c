/** Which finding it is that some addresses of a host answer and others do not. Pure. */
import type { Family } from './addresses.ts'
import type { Tried } from './connecting.ts'
import type { Answer } from './ladder.ts'
import { remedyOf } from './net-fault.ts'
import { fail, pass } from './report.ts'

export interface Place {
  host: string
  port: number
  /** Each address with what came of it. */
  described: string
}

export function judgeReach(tried: readonly Tried[], { host, port, described }: Place): Answer {
  const open = tried.filter(({ kind }) => kind === 'open')
  if (open.length === 0) return unreachable(tried, { host, port, described })
  const masked = ([4, 6] as const).find(
    (family) => tried.some((one) => one.family === family) && !open.some((one) => one.family === family),
  )
  if (masked === undefined) return pass(described)
  return { ...pass(described), more: [maskedFamily(masked, host)] }
}

function unreachable(tried: readonly Tried[], { host, port, described }: Place): Answer {
  const closed = tried.flatMap((one) => (one.kind === 'closed' ? [one] : []))
  const hasOnlyIpv6 = closed.every(({ family }) => family === 6)
  // Silence as well: a network that has IPv6 inside only drops what leaves it.
  const isFamily = hasOnlyIpv6 && closed.every(({ fault }) => fault.kind === 'no-route' || fault.kind === 'silent')
  if (isFamily && closed.length > 0) {
    if (isDedicatedPooler(host, port)) {
      return fail(
        'DB07',
        `${described}; ${host} has no IPv4 address, on port ${port} as little as on 5432`,
        'Use the shared pooler, `*.pooler.supabase.com`, with the user `postgres.REF`; another port of this host has the same addresses.',
      )
    }
    return fail(
      'DB01',
      `${described}; ${host} has no IPv4 address, and this machine has no way out over IPv6`,
      'Use the session pooler’s address (port 5432), buy the IPv4 add-on, or give this machine IPv6.',
    )
  }
  const [first] = closed
  return fail('NET01', described, first === undefined ? 'Check the host.' : remedyOf(first.fault))
}

function maskedFamily(family: Family, host: string) {
  return fail(
    'NET02',
    `IPv${family} does not work to ${host}, and the other family hides it`,
    `Mend the IPv${family} route of this machine, or make it ask for the other family only (\`NODE_OPTIONS=--dns-result-order=${family === 6 ? 'ipv4first' : 'ipv6first'}\`).`,
  )
}

/** `db.REF.supabase.co:6543`: PgBouncer on the host of the database itself. */
export function isDedicatedPooler(host: string, port: number): boolean {
  return port === 6543 && /^db\.[a-z0-9]+\.supabase\.(co|com|net|red)$/i.test(host)
}
