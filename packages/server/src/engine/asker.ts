/**
 * Asks what became of an expectation's work: the status API, and the place where its output lies. Each is left alone by its
 * own breaker, so that the one answers while the other is away. Writes nothing down; see `checker.ts`.
 */
import type { BreakerGate } from '../core/breaker-gate.ts'
import { type Features, subjectOf } from '../core/feature.ts'
import type { EvidenceClaim } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import { expectedOf } from '../providers/expected.ts'
import type { ArtifactAnswer, CheckAnswer } from '../providers/provider.ts'
import type { Source } from '../providers/sources.ts'
import type { Breakers } from '../store/breakers.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import type { Collector } from './collector.ts'
import { createRollCall } from './roll-call.ts'

/** What asking brought: a claim with its origin, and when the provider wants to be asked again. */
export interface Finding {
  origin: 'check' | 'artifact'
  claim: EvidenceClaim
  detail: Record<string, unknown>
  retryAfterMs?: number
}

export interface AskerOptions {
  breakers: Breakers
  collector: Collector
  features: Features
  log: Log
}

export function createAsker({ breakers, collector, features, log }: AskerOptions) {
  const rollCall = createRollCall({ log })

  /** A fault in a provider's code must not keep its expectations open past their deadline. */
  async function ask(row: ExpectationRow, source: Source, signal: AbortSignal): Promise<Finding> {
    try {
      return await askWhoIsThere(row, source, signal)
    } catch (error) {
      if (signal.aborted) throw error
      log.error({ expectationId: row.id, source: source.id, err: error }, 'the provider’s code failed when asked')
      return unknown('check', { reason: 'the provider’s code failed' })
    }
  }

  /** The status API first; the output itself where that has nothing to say, or says the same for too long. */
  async function askWhoIsThere(row: ExpectationRow, source: Source, signal: AbortSignal): Promise<Finding> {
    const gate = breakers.gate(`source:${source.id}`, subjectOf(row))
    const admission = await gate.admit()
    const checked = admission.kind === 'admitted' ? await rollCall.check(expectedOf(row), source, signal) : null
    if (checked?.kind === 'outcome') {
      await gate.succeeded()
      return { origin: 'check', claim: await collector.complete(row, source, checked.outcome, signal), detail: {} }
    }
    const isPending = checked?.kind === 'pending'
    if (isPending && !isOverlong(row)) {
      await gate.succeeded()
      return { origin: 'check', claim: { verdict: 'pending' }, detail: {} }
    }
    // Also while the API is left alone: the output lies elsewhere, and may be there.
    const found = await lookForArtifact(row, source, signal)
    // An output that can be looked at speaks for the source: work goes on, only its status is not told.
    const health = [checked, found].map(healthOf)
    if (admission.kind === 'admitted') {
      if (health.includes('well')) await gate.succeeded()
      else if (health.includes('fault') && !signal.aborted)
        await gate.faulted(reasonOf(checked) ?? reasonOf(found) ?? '')
    }
    const left = admission.kind === 'refused' ? `source ${source.id} is left alone after ${admission.reason}` : null
    const reason = left ?? reasonOf(checked) ?? reasonOf(found)
    if (found?.kind === 'found') {
      const detail = { check: checked?.kind ?? 'none', reason }
      return { origin: 'artifact', claim: { verdict: 'succeeded', output: found.output }, detail }
    }
    const detail = { check: checked?.kind ?? 'none', artifact: found?.kind ?? 'none', reason }
    if (isPending) return { origin: 'check', claim: { verdict: 'pending' }, detail }
    return unknown('check', detail, retryAfter(admission, checked, found, Date.now()))
  }

  /** Where outputs lie is a dependency of its own: it is left alone by itself, and has the source's API left alone with it never. */
  async function lookForArtifact(
    row: ExpectationRow,
    source: Source,
    signal: AbortSignal,
  ): Promise<ArtifactAnswer | null> {
    if (source.api.artifact === undefined || !features.has('artifacts', subjectOf(row))) return null
    const gate = breakers.gate(`artifact:${source.id}`, subjectOf(row))
    const admission = await gate.admit()
    if (admission.kind === 'refused') {
      const reason = `the outputs of ${source.id} are left alone after ${admission.reason}`
      return { kind: 'unavailable', reason, retryAfterMs: Math.max(0, admission.retryAtMs - Date.now()) }
    }
    const found = await source.api.artifact(expectedOf(row), signal)
    const health = healthOf(found)
    if (health === 'well') await gate.succeeded()
    if (health === 'fault' && !signal.aborted) await gate.faulted(reasonOf(found) ?? '')
    return found
  }

  return { ask }
}

// Three times as long as the provider usually takes: a status that is frozen since a restart looks just like work.
const OVERLONG = 3

function isOverlong(row: ExpectationRow): boolean {
  const submittedAtMs = row.submittedAtMs ?? row.registeredAtMs
  return row.nowMs - submittedAtMs > OVERLONG * (row.expectByMs - submittedAtMs)
}

type Asked = CheckAnswer | ArtifactAnswer | null

/** What an answer says of who gave it; null where it says nothing. */
function healthOf(asked: Asked): 'well' | 'fault' | null {
  if (asked === null) return null
  if (asked.kind !== 'unavailable') return 'well'
  if (asked.isFault === undefined) return null
  return asked.isFault ? 'fault' : 'well'
}

function reasonOf(asked: Asked): string | null {
  return asked?.kind === 'unavailable' ? asked.reason : null
}

function retryAfter(
  admission: Awaited<ReturnType<BreakerGate['admit']>>,
  checked: Asked,
  found: Asked,
  nowMs: number,
): number | undefined {
  // The output can be looked at as ever: then the plan says when.
  if (admission.kind === 'refused') return found === null ? Math.max(0, admission.retryAtMs - nowMs) : undefined
  const asked = checked ?? found
  return asked?.kind === 'unavailable' ? asked.retryAfterMs : undefined
}

function unknown(origin: 'check', detail: Record<string, unknown>, retryAfterMs?: number): Finding {
  return { origin, claim: { verdict: 'unknown' }, detail, retryAfterMs }
}
