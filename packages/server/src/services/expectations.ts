/** What applications do with expectations: they register them, say that they were dispatched, and ask how they stand. */
import type {
  Dispatched,
  Expectation,
  ExpectationQuery,
  ExpectationSummary,
  Page,
  RegisterExpectationRequest,
} from '@becket/client/contract'
import { isOpen } from '../core/expectation.ts'
import { allFeatures, type Features, subjectOf } from '../core/feature.ts'
import type { Db } from '../db/db.ts'
import type { Caller } from '../engine/caller.ts'
import type { GroupCommit } from '../intake/group-commit.ts'
import { lookNext } from '../moves/next-look.ts'
import type { Report, Reported } from '../moves/report.ts'
import { recordReports } from '../moves/reports.ts'
import type { SettleRules } from '../moves/settlement.ts'
import { canBeAsked, type OperationSettings, type Source, type Sources } from '../providers/sources.ts'
import type { Sinks } from '../sinks/sinks.ts'
import { type ExpectationStory, listExpectations } from '../store/expectation-reads.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import type { Endings } from './endings.ts'
import { createExpectationActs, traceOf } from './expectation-acts.ts'
import { createExpectationLookup } from './expectation-lookup.ts'
import { expectationView } from './expectation-view.ts'
import { requireOperation } from './operations.ts'
import { pageOf } from './paging.ts'
import { noWait, type Principal, type Wait } from './principal.ts'
import { createRegistering } from './registering.ts'

export interface ExpectationServiceOptions {
  db: Db
  room: Room
  sources: Sources
  sinks: Sinks
  rules: SettleRules
  endings: Endings
  asks: boolean
  /** Absent: everybody has everything. */
  features?: Features
  /** Calls providers for applications; absent: nobody does here. */
  caller?: Caller
  /** Records what is told of expectations together with what comes in; absent: each by itself. */
  commit?: Pick<GroupCommit, 'report'>
  callbackUrl(source: Source, expectationId: string): string | undefined
  /** How long evidence is kept; absent: for ever. */
  evidenceKeptMs?: number
}

export function createExpectationService(options: ExpectationServiceOptions) {
  const { db, room, sources, rules, endings, features = allFeatures } = options
  const view = expectationView(options)
  const lookUp = createExpectationLookup({ db })
  const registering = createRegistering({ ...options, lookAfter })

  /** `wait`: for its end. Else, where Becket calls the provider, the answer waits for what the provider said. */
  async function register(
    request: RegisterExpectationRequest,
    by: Principal,
    wait: Wait = noWait,
  ): Promise<{ expectation: Expectation; created: boolean }> {
    const registered = await registering(request, by)
    if (!registered.created) return { expectation: await show(registered.id, wait), created: false }
    const { row, firstLookMs, called } = registered
    const nextDueMs = row.nowMs + firstLookMs
    const beginning = { row: { ...row, outcome: null, nextDueMs, prunedAtMs: null }, evidence: [] }
    if (wait.waitMs > 0) return { expectation: await showEnd(beginning, wait), created: true }
    const story = called === null ? beginning : await following(beginning, () => called)
    return { expectation: story === null ? await show(row.id) : full(story), created: true }
  }

  function lookAfter(row: ExpectationRow, source: Source, settings: OperationSettings): number {
    const canCheck = options.asks && features.has('recovery', subjectOf(row)) && canBeAsked(source)
    return lookNext(row, { plan: settings.plan, canCheck, learning: rules.learning }).afterMs
  }

  async function dispatched(id: string, request: Dispatched, by: Principal): Promise<Expectation | null> {
    const before = await lookUp(id)
    if (before === null) return null
    const { source, settings } = requireOperation(sources, before.row.source, before.row.operation)
    const { externalId } = request
    const after = await following(before, async () => {
      const reported = await report({
        kind: 'dispatched',
        dispatch: {
          expectationId: id,
          source: source.id,
          externalId,
          claim: null,
          nextLookMs: (current) => lookAfter(current, source, settings),
          isRefusedIfCancelled: true,
          events: [traceOf(id, 'expectation.dispatched', by, { externalId })],
        },
      })
      if (reported.kind === 'refused') throw reported.error
    })
    return after === null ? show(id) : full(after)
  }

  async function report(told: Report): Promise<Reported> {
    if (options.commit !== undefined) return options.commit.report(told)
    const [reported = { kind: 'void' as const }] = await transact(db, room, (tx, taker) =>
      recordReports(tx, taker, [told], rules),
    )
    return reported
  }

  /** How it stands after the work, where only this process had a hand in it meanwhile; else null. */
  async function following(from: ExpectationStory, work: () => Promise<void>): Promise<ExpectationStory | null> {
    const follower = endings.follow(from)
    try {
      await work()
      return follower.known()
    } finally {
      follower.stop()
    }
  }

  /** At its end, or as it stands when the wait is over. */
  async function showEnd(from: ExpectationStory, wait: Wait): Promise<Expectation> {
    const { id } = from.row
    const known = await following(from, () => endings.wait('expectation', id, wait))
    // Of one that is still open, others may have written since.
    return known === null || isOpen(known.row.state) ? show(id) : full(known)
  }

  function full({ row, evidence }: ExpectationStory): Expectation {
    return view.full(row, evidence)
  }

  async function show(id: string, wait: Wait = noWait): Promise<Expectation> {
    const shown = await get(id, wait)
    if (shown === null) throw new Error(`expectation ${id} was there a moment ago`)
    return shown
  }

  async function get(id: string, wait: Wait): Promise<Expectation | null> {
    const found = await lookUp(id)
    if (found === null) return null
    return wait.waitMs > 0 && isOpen(found.row.state) ? showEnd(found, wait) : full(found)
  }

  async function list(query: ExpectationQuery): Promise<Page<ExpectationSummary>> {
    const rows = await listExpectations(db, {
      source: query.source ?? null,
      operation: query.operation ?? null,
      key: query.key ?? null,
      states: query.state ?? null,
      jobId: query.jobId ?? null,
      overdue: query.overdue ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, view.summary)
  }

  return { register, list, get, dispatched, ...createExpectationActs({ db, room, rules, show }) }
}
