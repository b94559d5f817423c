/** Whether sources and sinks take the keys that they are given: one cheap request each. Feeds no breaker. */
import type { KeyProof } from '../../core/key-proof.ts'
import type { ClockReading } from './judge-clock.ts'
import { climb, type Rung } from './ladder.ts'
import { fail, type ProbeReport, pass, type Seen, unknown } from './report.ts'
import { createScrub } from './scrub.ts'

/** A source or a sink, as far as it is asked here. */
export interface KeyHolder {
  id: string
  /** The provider, or the kind of sink. */
  kind: string
  enabled: boolean
  api: { ping?(signal: AbortSignal): Promise<KeyProof> }
}

export interface KeyProbeOptions {
  signal: AbortSignal
  /** Default 5 s. */
  limitMs?: number
  secrets?: readonly string[]
  /** Milliseconds since 1970. */
  now?(): number
}

export interface KeyProbe {
  reports: ProbeReport[]
  /** The other side's clock, where it told it. */
  clock: ClockReading | null
}

// An HTTP date tells whole seconds.
const DATE_UNIT_MS = 1_000

export const probeProvider = (source: KeyHolder, options: KeyProbeOptions) => probeKey('source', source, options)

export const probeSink = (sink: KeyHolder, options: KeyProbeOptions) => probeKey('sink', sink, options)

async function probeKey(what: 'source' | 'sink', holder: KeyHolder, options: KeyProbeOptions): Promise<KeyProbe> {
  const { signal, limitMs = 5_000, secrets = [], now = Date.now } = options
  const target = `${what} ${holder.id}`
  let clock: ClockReading | null = null

  async function ask(asking: AbortSignal): Promise<Seen> {
    if (!holder.enabled) return unknown('it is switched off, and was not asked')
    const { api } = holder
    if (api.ping === undefined) return unknown(`${holder.kind} has no request that proves a key and does nothing else`)
    const askedMs = now()
    const proof = await api.ping(asking)
    const tookMs = now() - askedMs
    if (proof.kind !== 'unavailable' && proof.clockMs !== undefined) {
      const skewMs = proof.clockMs + DATE_UNIT_MS / 2 - (askedMs + tookMs / 2)
      clock = { of: target, skewMs, uncertaintyMs: tookMs / 2 + DATE_UNIT_MS / 2 }
    }
    return judgeProof(proof, target, `${what}s.${holder.id}`)
  }

  const late = unknown(`no answer within ${limitMs} ms`, 'Look at its status page, and at the network of this machine.')
  const rung: Rung = { name: 'key', code: 'KEY01', limitMs, late, ask }
  const { reports } = await climb(target, [rung], { scrub: createScrub(secrets), signal })
  return { reports, clock }
}

function judgeProof(proof: KeyProof, target: string, option: string): Seen {
  switch (proof.kind) {
    case 'ok':
      return pass(`${target} takes the key${proof.note === undefined ? '' : `; ${proof.note}`}`)
    case 'key-rejected':
      return fail(
        'KEY01',
        proof.reason,
        `Set a good key in \`${option}\`; if it worked before, it was revoked or swapped.`,
      )
    case 'unavailable':
      return unknown(proof.reason, `Whether the key is good stays open until ${target} answers.`)
    default:
      return proof satisfies never
  }
}
