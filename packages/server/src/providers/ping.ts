/** One cheap request that proves a source's key. Starts nothing at the provider, costs nothing there, and feeds no breaker. */
import type { KeyProof } from '../core/key-proof.ts'
import type { Outbound, OutboundAnswer } from '../outbound/outbound.ts'
import { classifyStatus } from '../outbound/status-class.ts'
import { type Advice, unavailable } from './failed-request.ts'

// 5 s: somebody waits for the whole examination. 4 MiB: a list of models is long, and is not looked at.
const PING_MS = 5_000
const PING_BYTES = 4 * 1024 * 1024

export interface Ping {
  /** A GET that is answered to whoever has a good key, and to nobody else. */
  path: string
  advice: Advice
  /** Said with 401 or 403 to a key that is good, and may do other things only. */
  isKnownKey?(answer: OutboundAnswer): boolean
}

export async function pingKey(
  outbound: Outbound,
  { path, advice, isKnownKey }: Ping,
  signal: AbortSignal,
): Promise<KeyProof> {
  const answer = await outbound.request({
    operation: 'ping',
    method: 'GET',
    url: path,
    headers: { accept: 'application/json' },
    deadlineMs: PING_MS,
    maxBytes: PING_BYTES,
    authenticated: true,
    signal,
  })
  const clock = clockOf(answer)
  const status = answer.kind === 'answer' ? classifyStatus(answer.status) : null
  if (status === 'success') return { kind: 'ok', ...clock }
  const { reason } = unavailable(answer, advice)
  if (status === 'unauthorized') {
    return isKnownKey?.(answer) === true
      ? { kind: 'ok', note: 'it is a key for certain uses, and which ones was not asked', ...clock }
      : { kind: 'key-rejected', reason, ...clock }
  }
  const isElsewhere = status === 'missing' || status === 'redirect'
  return { kind: 'unavailable', reason: isElsewhere ? `${reason}. Is \`baseUrl\` the address of this API?` : reason }
}

function clockOf(answer: OutboundAnswer): { clockMs?: number } {
  const clockMs = answer.kind === 'answer' ? Date.parse(answer.headers.date ?? '') : Number.NaN
  return Number.isNaN(clockMs) ? {} : { clockMs }
}
