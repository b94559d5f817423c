/**
 * The callback self-test: a signed question goes to the public address as a provider's callback would, and only this
 * installation can answer it. Asked from where this runs: a firewall that lets this machine in may keep others out.
 */
import { randomBytes } from 'node:crypto'
import type { TokenKeys } from '../../core/callback-token.ts'
import { askSelfTest, isSelfTestAnswer, SELF_TEST_PATH } from '../../core/self-test.ts'
import { createOutbound } from '../../outbound/http.ts'
import type { OutboundAnswer } from '../../outbound/outbound.ts'
import { type Address, describeAddresses, type Resolve, resolveFamilies } from './addresses.ts'
import { judgeCallbackAddress } from './callback-address.ts'
import { judgeSelfTest } from './judge-self-test.ts'
import { climb, type Rung } from './ladder.ts'
import { fail, type ProbeReport, pass, type Seen, unknown } from './report.ts'
import { createScrub } from './scrub.ts'

export interface CallbackProbeOptions {
  signal: AbortSignal
  /** `production`, `staging`, `development`, or whatever it is called. */
  environment: string
  /** Of each step; default 5 s. */
  limitMs?: number
  resolve?: Resolve
  /** Milliseconds since 1970. */
  now?(): number
}

const REMEDY = 'Check `publicUrl`, its DNS, and what stands between it and the instances that take callbacks.'

export async function probeCallback(
  publicUrl: string,
  keys: TokenKeys,
  options: CallbackProbeOptions,
): Promise<ProbeReport[]> {
  const { signal, environment, limitMs = 5_000, resolve, now = Date.now } = options
  const base = URL.canParse(publicUrl) ? new URL(publicUrl) : null
  let addresses: Address[] = []
  const nonce = randomBytes(16).toString('base64url')
  const question = askSelfTest(keys, nonce, now())

  async function askName(): Promise<Seen> {
    if (base === null || !/^https?:$/.test(base.protocol)) {
      return fail('HK01', '`publicUrl` is no address of the web', 'Write it whole, like https://becket.example.org.')
    }
    const resolved = await resolveFamilies(base.hostname, resolve)
    if (resolved.kind === 'none') return fail('HK02', `${base.hostname} has no address (${resolved.errno})`, REMEDY)
    addresses = resolved.addresses
    return pass(`${base.hostname} has ${describeAddresses(addresses)}`)
  }

  async function judgeAddress(): Promise<Seen & { goesOn: true }> {
    const seen =
      base === null
        ? unknown('there is no address')
        : judgeCallbackAddress({ url: base, environment, addresses: addresses.map(({ address }) => address) })
    // Whether it answers is worth knowing all the same.
    return { ...seen, goesOn: true }
  }

  async function askItself(asking: AbortSignal): Promise<Seen> {
    const startedMs = performance.now()
    const answer = await send(`${publicUrl.replace(/\/+$/, '')}${SELF_TEST_PATH}`, question, asking, limitMs)
    const tookMs = Math.round(performance.now() - startedMs)
    return judgeSelfTest(answer, { tookMs, isOurs: (text) => isSelfTestAnswer(keys, nonce, text) })
  }

  const rung = (name: string, code: Rung['code'], ask: Rung['ask']): Rung => {
    return { name, code, limitMs, late: fail(code, `no answer within ${limitMs} ms`, REMEDY), ask }
  }
  const rungs = [
    rung('resolve', 'HK02', askName),
    rung('address', 'HK01', judgeAddress),
    rung('self-test', 'HK02', askItself),
  ]
  const { reports } = await climb('callback', rungs, { scrub: createScrub([question]), signal })
  return reports
}

async function send(url: string, question: string, signal: AbortSignal, limitMs: number): Promise<OutboundAnswer> {
  // Its own origin only, wherever it is: it was configured. A redirect elsewhere is answered as it is.
  const outbound = createOutbound({ source: 'self-test', baseUrl: url, allowOrigins: [] })
  try {
    return await outbound.request({
      operation: 'self-test',
      method: 'POST',
      url,
      headers: { 'content-type': 'text/plain' },
      body: question,
      deadlineMs: limitMs,
      maxBytes: 64 * 1024,
      authenticated: false,
      signal,
    })
  } finally {
    await outbound.close()
  }
}
