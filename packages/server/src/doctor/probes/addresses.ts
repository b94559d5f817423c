/** Every address of a name, both families asked for by name, as the system's own resolver gives them. Connects to nothing. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { netFault } from './net-fault.ts'

export type Family = 4 | 6

export interface Address {
  address: string
  family: Family
}

/** Rejects as `dns.lookup` does. */
export type Resolve = (host: string, family: Family) => Promise<readonly string[]>

export type Resolved =
  | { kind: 'found'; addresses: Address[] }
  /** `temporary`: the resolver itself did not answer; the name may be right. */
  | { kind: 'none'; errno: string; temporary: boolean }

/** Through the hosts file and whatever else the system asks, as every connection of this process does it. */
const systemResolve: Resolve = async (host, family) => {
  const found = await lookup(host, { family, all: true })
  return found.map(({ address }) => address)
}

export async function resolveFamilies(host: string, resolve: Resolve = systemResolve): Promise<Resolved> {
  const literal = host.replace(/^\[|\]$/g, '')
  const family = isIP(literal)
  if (family === 4 || family === 6) return { kind: 'found', addresses: [{ address: literal, family }] }
  const [four, six] = await Promise.allSettled([resolve(host, 4), resolve(host, 6)])
  const addresses = [...addressesOf(four, 4), ...addressesOf(six, 6)]
  if (addresses.length > 0) return { kind: 'found', addresses }
  const errnos = [four, six].flatMap((answer) => (answer.status === 'rejected' ? netFault(answer.reason).errno : []))
  const temporary = errnos.find((errno) => errno === 'EAI_AGAIN' || errno === 'ETIMEOUT')
  return { kind: 'none', errno: temporary ?? errnos[0] ?? 'ENODATA', temporary: temporary !== undefined }
}

function addressesOf(answer: PromiseSettledResult<readonly string[]>, family: Family): Address[] {
  return answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : []
}

/** `A 192.0.2.1, AAAA 2001:db8::1`. */
export function describeAddresses(addresses: readonly Address[]): string {
  return addresses.map(({ address, family }) => `${family === 4 ? 'A' : 'AAAA'} ${address}`).join(', ')
}
