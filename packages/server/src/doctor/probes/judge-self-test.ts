/** What came back from our own public address: whether callbacks get through, or what they meet instead. Pure. */
import { z } from 'zod'
import type { OutboundAnswer } from '../../outbound/outbound.ts'
import { recordedUrl } from '../../outbound/recorded-url.ts'
import { fail, pass, type Seen } from './report.ts'

const answeredSchema = z.object({ answer: z.string() })
const problemSchema = z.object({ code: z.string() })

export interface SelfTestLook {
  tookMs: number
  /** Whether this text answers the question as only this installation can. */
  isOurs(answer: string): boolean
}

// 3 s: the shortest time that a provider is known to wait for its answer.
const SLOW_MS = 3_000

export function judgeSelfTest(answer: OutboundAnswer, { tookMs, isOurs }: SelfTestLook): Seen {
  if (answer.kind === 'fault') return fail('HK02', answer.message, remedyOfFault(answer.code))
  const { status, headers, body } = answer
  const text = body.toString('utf8')
  if (status >= 300 && status < 400) return redirected(status, headers.location)
  const answered = parse(answeredSchema, text)
  if (status === 200 && answered !== null) {
    if (!isOurs(answered.answer)) {
      return fail('HK02', 'it answered, but not with this installation’s key', OTHER_INSTALLATION)
    }
    return tookMs > SLOW_MS
      ? fail('HK02', `it came through, and took ${tookMs} ms`, 'Some providers wait 3 s: find out what takes so long.')
      : pass(`it came through, and was answered by this installation in ${tookMs} ms`)
  }
  const code = parse(problemSchema, text)?.code
  if (code === 'SOURCE_UNKNOWN')
    return fail('HK02', 'a Becket answered that does not know this key', OTHER_INSTALLATION)
  if (code === 'UNAVAILABLE') {
    return fail(
      'HK02',
      'a Becket answered that does not take callbacks',
      'Route `publicUrl` to an instance with the role `intake`.',
    )
  }
  return fail('HK02', `${status} was answered, and not by Becket`, remedyOfStatus(status))
}

const OTHER_INSTALLATION =
  'Either `publicUrl` leads to another installation (of another environment?), or its instances have another BECKET_SERVER_KEY, or their clock is off by more than a minute.'

function redirected(status: number, location: string | undefined): Seen {
  const to = location === undefined ? 'nowhere' : recordedUrl(location)
  // 301, 302 and 303 make a GET of it, and the body is gone.
  const losesBody = status !== 307 && status !== 308
  const evidence = losesBody
    ? `${status} redirects to ${to}, which turns a callback into a GET without its body`
    : `${status} redirects to ${to}, and few providers follow`
  return fail('HK02', evidence, 'Set `publicUrl` to the address that it redirects to.')
}

function remedyOfFault(code: string): string {
  switch (code) {
    case 'TLS_FAILED':
      return 'Mend the certificate: its host, its end, and the authorities between.'
    case 'CONNECTION_REFUSED':
      return 'Nothing listens there: start Becket or its proxy, or correct the port in `publicUrl`.'
    case 'DNS_FAILED':
      return 'Make the DNS record, or correct the host in `publicUrl`.'
    default:
      return 'Check the firewall and the proxy in front of Becket; from inside, some networks cannot reach their own public address.'
  }
}

function remedyOfStatus(status: number): string {
  if (status === 401 || status === 403) return 'A proxy asks for a login, or blocks: let `/in/` through.'
  if (status === 404) return 'Something else answers there, or a proxy cuts the path: route `/in/` to Becket unchanged.'
  if (status === 405) return 'POST is not let through: allow it for `/in/`.'
  if (status >= 500) return 'The proxy does not reach Becket: check what it passes on to.'
  return 'Route `/in/` to Becket unchanged.'
}

function parse<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    // A page of somebody else's.
    return null
  }
}
