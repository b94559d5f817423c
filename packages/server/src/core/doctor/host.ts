/** What a host's name alone tells: whether anybody outside can mean it, and of which project or environment it is. */
import ipaddr from 'ipaddr.js'
import { environmentOfWord } from './service-environment.ts'

export type HostKind = 'loopback' | 'private' | 'tunnel' | 'public'

// Names that no public resolver answers (RFC 6761, RFC 8375, and what home and office networks use).
const PRIVATE_NAME = /(^|\.)(local|internal|lan|intranet|home|corp|test|invalid|home\.arpa|cluster\.local)$/
const LOOPBACK_NAME = /(^|\.)localhost$/
// They live as long as somebody's terminal stays open.
const TUNNELS =
  /(^|\.)(ngrok\.io|ngrok\.app|ngrok-free\.app|ngrok-free\.dev|trycloudflare\.com|loca\.lt|localtunnel\.me|serveo\.net|devtunnels\.ms)$/

export function kindOfHost(written: string): HostKind {
  const host = written
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  if (ipaddr.isValid(host)) {
    const range = ipaddr.process(host).range()
    if (range === 'loopback' || range === 'unspecified') return 'loopback'
    return range === 'unicast' ? 'public' : 'private'
  }
  if (LOOPBACK_NAME.test(host)) return 'loopback'
  if (TUNNELS.test(host)) return 'tunnel'
  // A name of one word is one of this network: of a container, or of a neighbour.
  return PRIVATE_NAME.test(host) || !host.includes('.') ? 'private' : 'public'
}

// Supabase's references are words of twenty letters and digits; anything else in that place is not repeated.
const REF = '([a-z0-9]{20})'

/** The Supabase project that a host belongs to. */
export function projectOfHost(host: string): string | null {
  const [, direct] = new RegExp(`^db\\.${REF}\\.supabase\\.(?:co|com|red)$`).exec(host) ?? []
  const [, api] = new RegExp(`^${REF}\\.(?:storage\\.)?supabase\\.(?:co|com|red)$`).exec(host) ?? []
  return direct ?? api ?? null
}

/** The environments that the words of a host name: `api-staging.acme.app` names staging. */
export function environmentsInHost(host: string): string[] {
  if (ipaddr.isValid(host)) return []
  const words = host.split(/[.\-_]/).slice(0, -1)
  return [
    ...new Set(
      words.flatMap((word) => {
        const environment = environmentOfWord(word)
        return environment === null || word === 'test' || word === 'live' ? [] : [environment]
      }),
    ),
  ]
}

/** The host of an address of the web or of a database; null where it cannot be read. */
export function hostOfAddress(value: string): string | null {
  const readable = value.replace(/^[a-z][a-z0-9+.-]*:\/\//i, 'http://')
  if (readable === value && !/^http:/i.test(value)) return null
  return URL.canParse(readable) ? new URL(readable).hostname.toLowerCase() : null
}
