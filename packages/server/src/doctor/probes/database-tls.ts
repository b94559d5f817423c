/**
 * Asks a PostgreSQL server for TLS as its protocol has it, and judges the certificate that it shows, as strictly as
 * `verify-full` does, whatever the URL asks for. Sends no user and no password.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'

// 8 bytes: their number, and the code by which PostgreSQL knows the question (1234 and 5679).
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

export type TlsOffer =
  | { kind: 'offered' }
  | { kind: 'refused' }
  /** It is no PostgreSQL, or went away. */
  | { kind: 'strange'; said: string }

export async function askForTls(socket: Socket, signal: AbortSignal): Promise<TlsOffer> {
  const closed = once(socket, 'close', { signal }).then((): TlsOffer => ({ kind: 'strange', said: 'it hung up' }))
  const answered = once(socket, 'data', { signal }).then(([chunk]): TlsOffer => readOffer(chunk))
  closed.catch(() => {})
  answered.catch(() => {})
  socket.write(SSL_REQUEST)
  return Promise.race([answered, closed])
}

function readOffer(chunk: unknown): TlsOffer {
  const first = Buffer.isBuffer(chunk) ? String.fromCharCode(chunk[0] ?? 0) : ''
  if (first === 'S') return { kind: 'offered' }
  if (first === 'N') return { kind: 'refused' }
  return { kind: 'strange', said: 'it answered in another protocol than PostgreSQL’s' }
}

export type CertificateJudgement =
  | { kind: 'trusted'; protocol: string; validTo: string }
  /** `code`: Node's, DEPTH_ZERO_SELF_SIGNED_CERT. */
  | { kind: 'untrusted'; code: string; names: string; validTo: string }
  | { kind: 'failed'; reason: string }

/** `socket`: on which TLS was just offered. */
export function judgeCertificate(
  socket: Socket,
  { host, ca }: { host: string; ca: string | null },
): Promise<CertificateJudgement> {
  return new Promise((resolve) => {
    const secured = tlsConnect({
      socket,
      servername: /^[\d.]+$|:/.test(host) ? '' : host,
      host,
      // Judged below: a certificate that is not trusted is to be named, not only refused.
      rejectUnauthorized: false,
      ...(ca !== null && { ca }),
    })
    const finish = (judgement: CertificateJudgement) => {
      resolve(judgement)
      secured.destroy()
    }
    secured.on('error', (error) => finish({ kind: 'failed', reason: error.message }))
    secured.once('close', () => finish({ kind: 'failed', reason: 'it hung up during the handshake' }))
    secured.once('secureConnect', () => {
      const { subject, subjectaltname, valid_to: validTo = 'unknown' } = secured.getPeerCertificate()
      if (secured.authorized) {
        finish({ kind: 'trusted', protocol: secured.getProtocol() ?? 'TLS', validTo })
        return
      }
      const error: unknown = secured.authorizationError
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      finish({ kind: 'untrusted', code, names: subjectaltname ?? String(subject?.CN ?? 'no name'), validTo })
    })
  })
}

const meanings: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself only',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet: compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it was made out to another host',
}

export function describeUntrusted({ code, names, validTo }: CertificateJudgement & { kind: 'untrusted' }): string {
  return `the certificate cannot be trusted: ${meanings[code] ?? code} (made out to ${names}, valid to ${validTo})`
}

export function remedyOfUntrusted({ code }: CertificateJudgement & { kind: 'untrusted' }): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Use the host name that the certificate was made out to.'
  if (code === 'CERT_HAS_EXPIRED') return 'Renew the certificate on the server.'
  return 'Give the authority’s certificate by `sslrootcert=/path/to/ca.crt`, with `sslmode=verify-full`.'
}
