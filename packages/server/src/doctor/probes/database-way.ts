/** The way to a database, before anybody logs in: its addresses, which of them answer, TLS, the certificate. */
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { refuseAddress } from '../../outbound/guard.ts'
import { type Address, describeAddresses, type Resolve, resolveFamilies } from './addresses.ts'
import { type Connect, openSocket, type Tried, tryAddresses } from './connecting.ts'
import type { DatabaseTarget } from './database-target.ts'
import { askForTls, describeUntrusted, judgeCertificate, remedyOfUntrusted } from './database-tls.ts'
import { judgeReach } from './judge-reach.ts'
import type { Answer, Rung } from './ladder.ts'
import { describeFault } from './net-fault.ts'
import { fail, pass, unknown } from './report.ts'

export interface Deadlines {
  resolveMs: number
  /** Of each address. */
  connectMs: number
  tlsMs: number
  loginMs: number
  queryMs: number
}

export const defaultDeadlines: Deadlines = {
  resolveMs: 5_000,
  connectMs: 5_000,
  tlsMs: 5_000,
  loginMs: 5_000,
  // 8 s: a pooler without a free connection to its server keeps its clients waiting.
  queryMs: 8_000,
}

/** What the rungs found, for those above them. */
export interface Way {
  addresses: Address[]
  /** The first that answered: where the login goes. Null for a Unix socket. */
  chosen: Address | null
}

export interface WayOptions {
  target: DatabaseTarget & { host: string }
  way: Way
  deadlines: Deadlines
  resolve?: Resolve
  connect?: Connect
}

export function wayRungs(options: WayOptions): Rung[] {
  const { target, way, deadlines, resolve, connect } = options
  const { host, port } = target

  async function askAddresses(): Promise<Answer> {
    const resolved = await resolveFamilies(host, resolve)
    if (resolved.kind === 'none') {
      return resolved.temporary
        ? fail(
            'NET01',
            `the resolver did not answer for ${host} (${resolved.errno})`,
            'Mend DNS on this machine first.',
          )
        : fail(
            'NET01',
            `${host} has no address, neither A nor AAAA (${resolved.errno})`,
            'Check the spelling of the host, and whether the project or server still exists.',
          )
    }
    way.addresses = resolved.addresses
    return pass(`${host} has ${describeAddresses(resolved.addresses)}`)
  }

  async function askEach(signal: AbortSignal): Promise<Answer> {
    const tried = await tryAddresses(way.addresses, {
      port,
      limitMs: deadlines.connectMs,
      signal,
      ...injected(connect),
    })
    way.chosen = tried.find(({ kind }) => kind === 'open') ?? null
    const described = tried.map((one) => describeTried(one, port)).join('; ')
    return judgeReach(tried, { host, port, described })
  }

  async function askTls(signal: AbortSignal): Promise<Answer> {
    return onSocket(signal, async (socket) => {
      const offer = await askForTls(socket, signal)
      if (offer.kind === 'strange') {
        return fail('NET01', `what listens at ${host}:${port} is no PostgreSQL: ${offer.said}`, 'Check host and port.')
      }
      if (offer.kind === 'offered') {
        return target.tls !== 'none' || isPrivate(way.chosen)
          ? pass('the server offers TLS')
          : stepOver(`the server offers TLS, and ${target.shown} does not ask for it: nothing is encrypted`, ADD_TLS)
      }
      if (target.tls !== 'none') {
        return fail(
          'DB08',
          'the server refuses TLS, and the URL demands it',
          'Turn TLS on at the server; only inside a private network, take `sslmode` out of the URL.',
        )
      }
      return isPrivate(way.chosen)
        ? pass('the server offers no TLS, and its address is a private one')
        : stepOver('the server offers no TLS: whoever is on the way reads everything', 'Turn TLS on at the server.')
    })
  }

  async function askCertificate(signal: AbortSignal): Promise<Answer> {
    if (target.tls === 'none') return pass('the URL asks for no TLS, so that no certificate is looked at')
    const ca = await readAuthorities(target.rootCertificates)
    if (ca.kind === 'unreadable') {
      return fail('DB08', `the file of \`sslrootcert\` cannot be read: ${ca.reason}`, 'Mend the path in the URL.')
    }
    return onSocket(signal, async (socket) => {
      const offer = await askForTls(socket, signal)
      if (offer.kind !== 'offered') return unknown('the server offered TLS a moment ago, and now does not')
      const judged = await judgeCertificate(socket, { host, ca: ca.text })
      if (judged.kind === 'trusted') return pass(`${judged.protocol}, with a certificate valid to ${judged.validTo}`)
      if (judged.kind === 'failed') {
        return fail(
          'DB08',
          `no secure connection came about: ${judged.reason}`,
          'Look at the TLS settings of the server.',
        )
      }
      const answer = fail('DB08', describeUntrusted(judged), remedyOfUntrusted(judged))
      // The driver would go on: what comes after it can still be asked.
      return target.tls === 'unverified' ? { ...answer, goesOn: true } : answer
    })
  }

  async function onSocket(signal: AbortSignal, use: (socket: Socket) => Promise<Answer>): Promise<Answer> {
    if (way.chosen === null) return unknown('no address answered')
    const opened = await openSocket(way.chosen, { port, limitMs: deadlines.connectMs, signal, ...injected(connect) })
    if (opened.kind === 'closed') return unknown(`it answered a moment ago, and now ${describeFault(opened.fault)}`)
    try {
      return await use(opened.socket)
    } finally {
      opened.socket.destroy()
    }
  }

  const late = (evidence: string) =>
    fail('NET01', evidence, 'Check that it is PostgreSQL that listens there, and that it is not stuck.')
  return [
    {
      name: 'resolve',
      code: 'NET01',
      limitMs: deadlines.resolveMs,
      late: fail('NET01', `the resolver did not answer for ${host}`, 'Mend DNS on this machine first.'),
      ask: askAddresses,
    },
    {
      name: 'connect',
      code: 'NET01',
      // Each address has the time by itself; this one only catches what does not keep it.
      limitMs: deadlines.connectMs + 1_000,
      late: late('no address answered in time'),
      ask: askEach,
    },
    {
      name: 'ssl request',
      code: 'DB08',
      limitMs: deadlines.tlsMs,
      late: late(`${host}:${port} took the connection and then said nothing`),
      ask: askTls,
    },
    {
      name: 'certificate',
      code: 'DB08',
      limitMs: deadlines.tlsMs,
      late: late(`${host}:${port} did not end its TLS handshake`),
      ask: askCertificate,
    },
  ]
}

const ADD_TLS =
  'Add `sslmode=verify-full` to the URL, with `sslrootcert=…` where the provider has an authority of its own.'

function stepOver(evidence: string, remedy: string): Answer {
  return { ...fail('DB08', evidence, remedy), goesOn: true }
}

function isPrivate(address: Address | null): boolean {
  return address !== null && refuseAddress(address.address, false) !== null
}

const injected = (connect: Connect | undefined) => (connect === undefined ? {} : { connect })

function describeTried(tried: Tried, port: number): string {
  const at = tried.family === 6 ? `[${tried.address}]:${port}` : `${tried.address}:${port}`
  return tried.kind === 'open' ? `${at} answered in ${tried.tookMs} ms` : `${at}: ${describeFault(tried.fault)}`
}

type Authorities = { kind: 'read'; text: string | null } | { kind: 'unreadable'; reason: string }

async function readAuthorities(path: string | null): Promise<Authorities> {
  // `system` is libpq's word for what is used anyway.
  if (path === null || path === 'system') return { kind: 'read', text: null }
  try {
    return { kind: 'read', text: await readFile(path, 'utf8') }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
  }
}
