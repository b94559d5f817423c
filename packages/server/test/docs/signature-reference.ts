/** The page of signature schemes as Markdown, from their tables and from the vectors that the tests run. */

import { formatDuration } from '../../src/core/duration.ts'
import { publicKeySchemes } from '../../src/core/signature/public-key-schemes.ts'
import type { ProviderScheme, Scheme, SignatureValue } from '../../src/core/signature/scheme.ts'
import { schemeOf } from '../../src/core/signature/scheme-of.ts'
import { sharedSecretSchemes } from '../../src/core/signature/shared-secret-schemes.ts'
import { vectors } from '../signatures/vectors.ts'

const OPENING = `# Signatures

Which callbacks are verified, and how. A source says \`verify: { scheme: stripe, secret: '\${STRIPE_SECRET}' }\`; the options
of each scheme are in the [configuration](configuration.md#verify). This page is made from the code and from the vectors
that its tests run.

What holds for every scheme: the raw bytes are verified, before anything reads them. Several secrets may be given while one
is replaced: each is tried. Comparisons take constant time. A header that is missing makes a callback unsigned; one that
came twice, a wrong signature, or a time that is too far from ours makes it refused. Where a URL is signed, it is the public
one (\`publicUrl\`, with its path if it has one), whatever a proxy made of it, and whatever the request says of its host.

Replicate signs like Standard Webhooks. AssemblyAI and others that send a header of your choice: \`static-header\`. Deepgram
and others that take a user and a password in the URL: \`basic\`.`

const TEMPLATES = `A template names the parts of what is signed: \`{body}\`, \`{bodySha256}\` (hexadecimal), \`{method}\`, \`{url}\`, \`{path}\` (with
the query), \`{timestamp}\`, \`{header:NAME}\`. What would let a signature stand for something else is refused at the start: a
template without the body, a time that is not signed, two parts that touch. Only the tables above have \`{form}\`, the sorted
fields of a form (of any other body, the URL has to name the hash as \`bodySHA256\`), the URL with and without its port, and
the URL with \`:/@!$'()*,;\` decoded.

Where no time is signed, a repetition is caught by deduplication, not by its age.`

const BASIS = {
  library: 'its own library',
  documentation: 'its documentation; not tried with the provider',
  hearsay: 'what others publish; not re-verified',
} as const

const DESCRIBED: Record<string, string> = {
  hmac: 'An HMAC in any dress: hash, header, encoding, prefix, template, time, all configured.',
  ed25519: 'An Ed25519 signature in any dress.',
  'hmac-sha256': 'HMAC-SHA256 of the raw body; short for `hmac`.',
  'static-header': 'A header whose value is the secret.',
  basic: 'User and password (RFC 7617).',
  bearer: 'A token (RFC 6750).',
}

export function signatureReference(): string {
  const rows: [string, ProviderScheme][] = [
    ...Object.entries<ProviderScheme>(sharedSecretSchemes),
    ...Object.entries<ProviderScheme>(publicKeySchemes),
  ]
  const handshakes = rows.flatMap(([name, { of, handshake }]) => (handshake ? [[of, code(name), handshake]] : []))
  const unknowns = rows.flatMap(([name, { of, unknown }]) => (unknown ? [[of, code(name), unknown]] : []))
  return [
    OPENING,
    '## Of providers',
    table(
      ['provider', '`scheme`', 'headers', 'signature', 'what is signed', 'tolerance', 'known from'],
      rows.map(([name, row]) => [row.of, code(name), ...mechanics(row), toleranceOf(row), BASIS[row.basis]]),
    ),
    'Not known, and therefore left open:',
    table(['provider', '`scheme`', 'what'], unknowns),
    '## Of any provider',
    table(
      ['`scheme`', 'what it is', 'for example'],
      Object.entries(DESCRIBED).map(([name, what]) => [code(name), what, examplesOf(name)]),
    ),
    TEMPLATES,
    '## Handshakes',
    'Answered at once, and never kept as callbacks; a word that could be taken for a callback is never signed.',
    table(['provider', '`scheme`', 'what happens'], handshakes),
    '## Vectors',
    'Each is verified by the tests, and then refused with a wrong key, each byte changed, a stale and an early time, each header missing or twice, and a signature of another length.',
    table(
      ['`scheme`', 'made or accepted by'],
      vectors.map(({ verify, source }) => [code(verify.scheme), source]),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

function mechanics(row: Scheme): string[] {
  const headers = row.headers.map((set) => Object.values(set).map(code).join(', ')).join(' or ')
  const signed = row.signed.map((template) => code(template.replaceAll('\n', '\\n'))).join(' or ')
  return [headers, signatureOf(row), signed || 'nothing']
}

function signatureOf({ proof, encoding, value }: Scheme): string {
  const where = formOf(value)
  if (proof.kind === 'equal')
    return encoding === 'text' ? `the secret itself${where}` : `the secret in ${encoding}${where}`
  const how =
    proof.kind === 'hmac'
      ? `HMAC-${proof.hash.replace('sha', 'SHA')}`
      : proof.kind === 'ed25519'
        ? 'Ed25519'
        : 'ECDSA P-256'
  return `${how}, ${encoding}${where}`
}

function formOf(value: SignatureValue): string {
  switch (value.form) {
    case 'whole':
      return value.prefix ? ` behind ${code(value.prefix)}` : ''
    case 'list':
      return ` in a list, behind ${code(`${value.version},`)}`
    case 'fields': {
      const time = value.timestamp === undefined ? '' : `${value.timestamp}=…${value.separator}`
      return ` in ${code(`${time}${value.signature}=…`)}`
    }
    default:
      return value satisfies never
  }
}

function toleranceOf({ time }: Scheme): string {
  if (time === undefined) return 'no time is signed'
  const where = time.bodyField === undefined ? '' : ` (by ${code(time.bodyField)} in the body)`
  return (time.toleranceMs === null ? 'any age' : formatDuration(time.toleranceMs)) + where
}

function examplesOf(name: string): string {
  return vectors
    .filter(({ verify }) => verify.scheme === name)
    .map(({ verify }) => {
      const [headers = '', signature = '', signed = ''] = mechanics(schemeOf(verify))
      return signed === 'nothing' ? `${headers}: ${signature}` : `${headers}: ${signature}, of ${signed}`
    })
    .join('; ')
}

const code = (text: string) => `\`${text}\``

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
