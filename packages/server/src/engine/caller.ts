/**
 * Calls a provider for an application that asked for it: the expectation is committed, and held, before the call, and what
 * the provider answers is recorded with whatever else is told of expectations at that moment. No job waits for it, so
 * nothing is tried again here.
 */
import type { Db } from '../db/db.ts'
import type { GroupCommit } from '../intake/group-commit.ts'
import { markUnconfirmed } from '../moves/dispatch.ts'
import type { NewEvidenceOf, Report, SettleRules } from '../moves/report.ts'
import { recordReports } from '../moves/reports.ts'
import type { Log } from '../observe/log.ts'
import { lookBeforeSubmit } from '../providers/artifact-before.ts'
import { expectedOf } from '../providers/expected.ts'
import type { SubmitAnswer } from '../providers/provider.ts'
import type { Source } from '../providers/sources.ts'
import { keepArtifactBefore } from '../store/artifact-before.ts'
import type { Breakers } from '../store/breakers.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import type { Claim } from '../store/wakeups.ts'
import type { HeldLease, Leases } from './leases.ts'
import { faultOf, isFaultOf } from './submit-fault.ts'

const UNEXPECTED = 'the submit ended unexpectedly'

export interface CallerOptions {
  db: Db
  room: Room
  /** The id of this process: the expectations that it calls for are its own meanwhile. */
  owner: string
  breakers: Breakers
  leases: Leases
  commit: Pick<GroupCommit, 'report'>
  rules: SettleRules
  /** The address, with its token, that the provider is to call back. */
  callbackUrl(source: Source, expectationId: string): string | undefined
  log: Log
}

export interface Call {
  expectation: ExpectationRow
  claim: Claim
  source: Source
  input: unknown
  /** When to look at it next, once the provider has taken it. */
  nextLookMs(row: ExpectationRow): number
}

export interface Caller {
  owner: string
  /** Why the source is not called now, and when it may be again; null: it may. */
  refusal(source: Source, expectationId: string): Promise<{ reason: string; retryAfterMs: number } | null>
  /** Resolves when the answer is recorded. Never rejects: what went wrong is the expectation's to tell. */
  call(call: Call): Promise<void>
  /** Breaks off what is under way, and records that. */
  stop(): Promise<void>
}

export function createCaller(options: CallerOptions): Caller {
  const { db, room, owner, breakers, leases, commit, rules, log } = options
  const under = new Map<HeldLease, Promise<void>>()

  async function place(call: Call, lease: HeldLease): Promise<void> {
    const facts = { expectationId: call.expectation.id, source: call.source.id }
    try {
      await record(call, await ask(call, lease.signal))
    } catch (error) {
      log.error(
        { ...facts, err: error },
        'what became of a call of the provider could not be recorded; left to its lease',
      )
    } finally {
      lease.release()
      under.delete(lease)
    }
  }

  async function ask(call: Call, interruption: AbortSignal): Promise<Asked> {
    const { expectation, source } = call
    const gate = breakers.gate(`source:${source.id}`, expectation.id)
    const facts = { expectationId: expectation.id, source: source.id }
    try {
      // After the commit, so that whoever finds it knows what was under way; before the call, since then it is too late.
      const before = await lookBeforeSubmit(source, expectedOf(expectation), { signal: interruption, log })
      if (before !== null) await keepArtifactBefore(db, expectation.id, before)
      const answer = await submit(call, interruption)
      // What we broke off ourselves says nothing about the provider.
      const wasInterrupted = answer.kind === 'unclear' && interruption.aborted
      if (!wasInterrupted) await tell(isFaultOf(answer) ? gate.faulted(faultOf(answer)) : gate.succeeded(), facts)
      log.debug({ ...facts, answer: answer.kind }, 'submitted')
      return { answer, wasInterrupted }
    } catch (error) {
      log.error({ ...facts, err: error }, 'the call of the provider ended unexpectedly')
      await tell(gate.faulted(UNEXPECTED), facts)
      return { answer: null, wasInterrupted: true }
    }
  }

  /** What the provider answered is not lost for what the breaker could not write. */
  function tell(telling: Promise<unknown>, facts: object): Promise<unknown> {
    return telling.catch((error: unknown) => log.warn({ ...facts, err: error }, 'the breaker could not be told'))
  }

  async function record(call: Call, { answer, wasInterrupted }: Asked): Promise<void> {
    if (answer === null) return unconfirm(call, UNEXPECTED, wasInterrupted)
    if (answer.kind === 'unclear') {
      return unconfirm(call, `${answer.error.code}: ${answer.error.message}`, wasInterrupted)
    }
    const reports = reportsOf(answer, call)
    const told = await Promise.allSettled(reports.map(commit.report))
    const missed = reports.filter((_, index) => told[index]?.status === 'rejected')
    if (missed.length === 0) return
    // Nobody else knows what the provider answered: what cannot be told with the others is told alone.
    log.warn({ expectationId: call.expectation.id, reports: missed.length }, 'the answer is recorded by itself')
    await transact(db, room, (tx, taker) => recordReports(tx, taker, missed, rules))
  }

  function submit({ expectation, source, input }: Call, signal: AbortSignal): Promise<SubmitAnswer> {
    if (source.api.submit === undefined) throw new Error(`source ${source.id} cannot be called by Becket`)
    const { operation, key, id } = expectation
    return source.api.submit(
      { operation, input, callbackUrl: options.callbackUrl(source, id), key, clientId: id },
      signal,
    )
  }

  async function unconfirm({ expectation, claim }: Call, reason: string, wasInterrupted: boolean): Promise<void> {
    const expectationId = expectation.id
    await transact(db, room, (tx, taker) =>
      markUnconfirmed(tx, taker, { expectationId, reason, wasInterrupted, claim }),
    )
  }

  return {
    owner,
    async refusal(source, expectationId) {
      const admission = await breakers.gate(`source:${source.id}`, expectationId).admit()
      if (admission.kind !== 'refused') return null
      return { reason: admission.reason, retryAfterMs: Math.max(1_000, admission.retryAtMs - Date.now()) }
    },
    call(call) {
      const lease = leases.hold(call.claim)
      const placed = place(call, lease)
      under.set(lease, placed)
      return placed
    },
    async stop() {
      for (const lease of under.keys()) lease.abort(new Error('the process is stopping'))
      await Promise.all(under.values())
    },
  }
}

interface Asked {
  /** Null: our own code failed, and nobody knows whether the provider took the work. */
  answer: SubmitAnswer | null
  wasInterrupted: boolean
}

function reportsOf(
  answer: Exclude<SubmitAnswer, { kind: 'unclear' }>,
  { expectation, claim, source, nextLookMs }: Call,
): Report[] {
  const dispatched = (externalId: string | null): Report => ({
    kind: 'dispatched',
    dispatch: {
      expectationId: expectation.id,
      source: source.id,
      externalId,
      claim,
      nextLookMs,
    },
  })
  const responded = (told: Pick<NewEvidenceOf, 'claim' | 'detail'>): Report => ({
    kind: 'evidence',
    evidence: { expectationId: expectation.id, origin: 'response', trusted: true, ...told },
  })
  switch (answer.kind) {
    case 'accepted':
      return [dispatched(answer.externalId)]
    case 'answered': {
      const told = responded({ claim: answer.outcome, detail: {} })
      return answer.externalId === null ? [told] : [dispatched(answer.externalId), told]
    }
    case 'refused': {
      const detail = { refused: true, retryAfterMs: answer.retryAfterMs ?? null }
      return [responded({ claim: { verdict: 'failed', error: answer.error }, detail })]
    }
    default:
      return answer satisfies never
  }
}
