/** A database's URL as the probes need it: where it leads, who asks, and what it wants of TLS. Connects to nothing. */
import { describeUrl } from '../../db/database-url.ts'

export type TlsWish =
  /** As the driver reads the URL: nothing is encrypted. */
  | 'none'
  /** Encrypted, with whomever. */
  | 'unverified'
  | 'verified'

export interface DatabaseTarget {
  url: string
  /** Without the password. */
  shown: string
  /** Null for a Unix socket: there is nothing to resolve. */
  host: string | null
  port: number
  user: string
  password: string
  tls: TlsWish
  /** A file with the authorities to believe; null: the system's. */
  rootCertificates: string | null
}

/** Null for what the driver cannot read either. */
export function readTarget(url: string): DatabaseTarget | null {
  // A URL may name its host in the query only: postgres://user@/name?host=/var/run/postgresql
  const readable = url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*)@\//, '$1@localhost/')
  if (!/^postgres(ql)?:\/\//.test(readable) || !URL.canParse(readable)) return null
  const parsed = new URL(readable)
  const host = parsed.searchParams.get('host') ?? decoded(parsed.hostname)
  return {
    url,
    shown: describeUrl(url),
    host: host.startsWith('/') ? null : host.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(parsed.searchParams.get('port') ?? (parsed.port || 5432)),
    user: parsed.searchParams.get('user') ?? decoded(parsed.username),
    password: parsed.searchParams.get('password') ?? decoded(parsed.password),
    tls: tlsWish(parsed.searchParams),
    rootCertificates: parsed.searchParams.get('sslrootcert'),
  }
}

/** See `connectionString`: `require` and `prefer` mean what everybody but the driver takes them for. */
function tlsWish(parameters: URLSearchParams): TlsWish {
  const mode = parameters.get('sslmode')
  if (mode === 'disable') return 'none'
  if (mode === 'verify-full' || mode === 'verify-ca') return 'verified'
  if (mode !== null) return mode === 'require' && parameters.has('sslrootcert') ? 'verified' : 'unverified'
  return ['1', 'true'].includes(parameters.get('ssl') ?? '') ? 'verified' : 'none'
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign, which the driver takes as it is.
    return text
  }
}
