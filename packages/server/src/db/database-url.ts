/** Reads and shows a database's URL. It never lets a password out; it connects to nothing. */
import { AppError } from '../core/error.ts'

const SECRET_PARAMETERS = ['password', 'sslpassword']

/** The URL with its password masked; safe for logs and errors. */
export function describeUrl(url: string): string {
  const parsed = parse(url)
  if (parsed === undefined) return '(an unreadable database URL)'
  if (parsed.password !== '') parsed.password = '***'
  for (const name of SECRET_PARAMETERS) if (parsed.searchParams.has(name)) parsed.searchParams.set(name, '***')
  return parsed.href
}

/** The URL as the driver needs it, or an error that says what is wrong with it without quoting it. */
export function connectionString(url: string): string {
  const parsed = parse(url)
  if (parsed === undefined) {
    throw new AppError('CONFIGURATION_INVALID', 'The database URL cannot be read', {
      hint: 'Write postgres://user:password@host:5432/name, with characters such as # / ? @ in the password percent-encoded.',
    })
  }
  // The driver reads `require` as `verify-full`; everyone else, and what hosting companies document, as "encrypt".
  const mode = parsed.searchParams.get('sslmode')
  if ((mode === 'require' || mode === 'prefer') && !parsed.searchParams.has('uselibpqcompat')) {
    parsed.searchParams.set('uselibpqcompat', 'true')
  }
  return parsed.href
}

function parse(url: string): URL | undefined {
  // A URL may name its host in the query only: postgres://user@/name?host=/var/run/postgresql
  const readable = url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*)@\//, '$1@localhost/')
  if (!URL.canParse(readable)) return undefined
  const parsed = new URL(readable)
  return parsed.protocol === 'postgres:' || parsed.protocol === 'postgresql:' ? parsed : undefined
}
