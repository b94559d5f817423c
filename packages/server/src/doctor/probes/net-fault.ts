/** What it means that an address took no connection: each has another cause and another remedy. Connects to nothing. */

export type NetFaultKind =
  /** This network has no way there: the address family, or the route. */
  'no-route' | 'refused' | 'silent' | 'other'

export interface NetFault {
  kind: NetFaultKind
  /** The system's own name, ENETUNREACH. */
  errno: string
}

const kinds: Readonly<Record<string, NetFaultKind>> = {
  ENETUNREACH: 'no-route',
  EHOSTUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EAFNOSUPPORT: 'no-route',
  ENETDOWN: 'no-route',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'silent',
}

const phrases: Readonly<Record<NetFaultKind, string>> = {
  'no-route': 'no route there from this machine',
  refused: 'refused: nothing listens on that port',
  silent: 'no answer at all: a firewall drops it, or the host is down',
  other: 'not connected',
}

const remedies: Readonly<Record<NetFaultKind, string>> = {
  'no-route': 'Give this machine a route to that address, or use a host that has an address it can reach.',
  refused: 'Check the port, and that the server is running and listens on more than its own loopback.',
  silent: 'Check firewalls and allow lists on the way, this machine’s outgoing rules first.',
  other: 'Try the same address with another tool from this machine, and look at what lies between.',
}

function classifyErrno(errno: string): NetFaultKind {
  return kinds[errno] ?? 'other'
}

export function netFault(error: unknown): NetFault {
  const errno = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return { kind: classifyErrno(errno), errno }
}

export function describeFault({ kind, errno }: NetFault): string {
  return `${phrases[kind]} (${errno})`
}

export const remedyOf = ({ kind }: NetFault): string => remedies[kind]
