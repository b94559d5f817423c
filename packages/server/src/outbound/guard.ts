/**
 * Keeps requests out of networks that a URL from outside has no business in: loopback, private and link-local
 * ranges, cloud metadata, and the IPv6 disguises of each. Judges the address that is really connected to, so that
 * neither an unusual spelling nor a name whose address changes gets through. Follows no redirects; see `redirect.ts`.
 */
import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { BlockedError } from './fault.ts'

/** Ranges that an operator may mean by a source of their own; everything else outside `unicast` is refused always. */
const privateRanges: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'])

/** Cloud metadata and host agents at addresses whose range alone would let them pass. */
const metadataAddresses: ReadonlySet<string> = new Set([
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2:0:0:0:0:0:254',
  'fd20:ce:0:0:0:0:0:254',
])

// What the Internet's own IPv6 addresses begin with (RFC 4291). `unicast` alone still admits `::127.0.0.1`.
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Why this address must not be connected to; null when it may be. */
export function refuseAddress(address: string, mayBePrivate: boolean): string | null {
  if (!ipaddr.isValid(address)) return `${address} is not an IP address`
  const parsed = ipaddr.process(address)
  if (metadataAddresses.has(parsed.toNormalizedString())) return `${address} serves cloud metadata`
  const range = parsed.range()
  if (range === 'unicast') {
    const isGlobal = parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
    return isGlobal ? null : `${address} is not a public address`
  }
  if (mayBePrivate && privateRanges.has(range)) return null
  return `${address} is not a public address (${range})`
}

/** Why this URL must not be requested, as far as the URL alone tells; null when it may be. */
export function refuseUrl(url: URL, mayBePrivate: boolean): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} is not http or https`
  if (url.username !== '' || url.password !== '') return 'it carries a user or password; use `apiKey` instead'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? null : refuseAddress(host, mayBePrivate)
}

// 10 s: three lost SYN packets; a host that needs longer answers nothing else in time either.
const CONNECT_TIMEOUT_MS = 10_000

export interface GuardOptions {
  /** Whether private addresses may be reached at this origin, `https://host:port`. */
  mayBePrivate(origin: string): boolean
  lookup?: LookupFunction
  connectTimeoutMs?: number
}

/** Connects only where `refuseAddress` lets it, for literal hosts (which no lookup sees) and names alike. */
export function guardedConnector({
  mayBePrivate,
  lookup = dns.lookup,
  connectTimeoutMs: timeout = CONNECT_TIMEOUT_MS,
}: GuardOptions): buildConnector.connector {
  const strict = buildConnector({ timeout, lookup: filteredLookup(lookup, false) })
  const lenient = buildConnector({ timeout, lookup: filteredLookup(lookup, true) })
  return (options, callback) => {
    const isPrivateAllowed = mayBePrivate(`${options.protocol}//${options.host ?? options.hostname}`)
    const refusal = isIP(options.hostname) === 0 ? null : refuseAddress(options.hostname, isPrivateAllowed)
    if (refusal !== null) return callback(new BlockedError(refusal), null)
    const connect = isPrivateAllowed ? lenient : strict
    connect(options, callback)
  }
}

/** Always asks for all addresses of a name, and hands on only those that may be reached. */
function filteredLookup(lookup: LookupFunction, mayBePrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, '')
      const addresses = typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found
      const allowed = addresses.filter(({ address }) => refuseAddress(address, mayBePrivate) === null)
      const first = allowed[0]
      if (first === undefined) {
        const reasons = addresses.map(({ address }) => refuseAddress(address, mayBePrivate)).join('; ')
        return callback(new BlockedError(reasons === '' ? `${hostname} has no address` : reasons), '')
      }
      if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
