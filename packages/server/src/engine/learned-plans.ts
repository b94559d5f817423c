/**
 * The plans that follow from what all processes have learned, each kept until its grounds have moved. Reads and writes
 * nothing: `learning.ts` brings what is new.
 */
import { BINS, contributionOf, edgeOf, mergedLatency } from '../core/latency.ts'
import { emptyLearned, type Learned, type PlanCosts, type PlanTable, planTable } from '../core/learned-plan.ts'
import { lossRate, mergedLoss } from '../core/loss.ts'
import type { LearnedOf, RunningOf } from '../store/latency.ts'

export interface LearnedPlans {
  /** What all have learned by now. */
  know(learned: readonly LearnedOf[]): void
  /** What has not ended yet. */
  knowRunning(running: readonly RunningOf[]): void
  tableFor(source: string, operation: string, costs: PlanCosts): PlanTable
}

export interface LearnedPlansOptions {
  /** The provider behind a source: what it does elsewhere is believed while little was seen here. */
  providerOf(source: string): string | undefined
  /** By how much checks of a source are dearer at the moment. */
  pressure(source: string): number
  /** Milliseconds that only ever grow. */
  clock: () => number
}

// A minute: what runs, and what nobody added to, changes slowly.
const KEPT_MS = 60_000
// 500: some megabytes.
const MOST_TABLES = 500

export function createLearnedPlans({ providerOf, pressure: pressureAt, clock }: LearnedPlansOptions): LearnedPlans {
  let learned = new Map<string, LearnedOf>()
  let running = new Map<string, RunningOf[]>()
  const tables = new Map<string, { table: PlanTable; from: Learned; madeAt: number }>()

  function tableFor(source: string, operation: string, costs: PlanCosts): PlanTable {
    const pressure = pressureAt(source)
    const { perCheck, perSecond, longestMs } = costs
    const key = JSON.stringify([source, operation, perCheck, perSecond, longestMs, pressure])
    const own = learned.get(placeOf(source, operation)) ?? emptyLearned()
    const known = tables.get(key)
    if (known !== undefined && clock() - known.madeAt < KEPT_MS && isMuchTheSame(known.from, own)) return known.table
    const prior = priorOf(source, operation)
    const stillRunning = running.get(placeOf(source, operation)) ?? []
    const table = planTable({ learned: withRunning(own, prior, stillRunning), prior, costs, pressure })
    // Pressure takes many values over time, and operations may be named by whoever registers.
    if (tables.size >= MOST_TABLES) tables.clear()
    tables.set(key, { table, from: own, madeAt: clock() })
    return table
  }

  /** The same operation at other accounts of the provider, else whatever else that provider does. */
  function priorOf(source: string, operation: string): Learned | null {
    const provider = providerOf(source)
    const kin = [...learned.values()].filter(
      (row) =>
        provider !== undefined &&
        providerOf(row.source) === provider &&
        !(row.source === source && row.operation === operation),
    )
    const same = kin.filter((row) => row.operation === operation)
    const all = same.length > 0 ? same : kin
    if (all.length === 0) return null
    return {
      latency: mergedLatency(all.map(({ latency }) => latency)),
      loss: mergedLoss(all.map(({ loss }) => loss)),
      observations: all.reduce((sum, { observations }) => sum + observations, 0),
    }
  }

  return {
    know(rows) {
      learned = new Map(rows.map((row) => [placeOf(row.source, row.operation), row]))
    },
    knowRunning(rows) {
      running = byPlace(rows)
    },
    tableFor,
  }
}

/**
 * What still runs has taken longer than so far. Of what nobody has asked about, that is known only as far as callbacks
 * arrive: where they are lost, it may have ended long ago.
 */
function withRunning(own: Learned, prior: Learned | null, running: readonly RunningOf[]): Learned {
  if (running.length === 0) return own
  const weight = 1 - lossRate(own.loss, prior?.loss ?? null)
  const latency = { events: own.latency.events, atRisk: [...own.latency.atRisk] }
  for (const { bin, count } of running) {
    for (const { bin: at, atRisk } of contributionOf({ kind: 'censored', atMs: middleOf(bin) })) {
      latency.atRisk[at] = (latency.atRisk[at] ?? 0) + atRisk * count * weight
    }
  }
  return { ...own, latency }
}

/** A plan is made again when its grounds have moved by a twentieth, and once a minute. */
function isMuchTheSame(before: Learned, now: Learned): boolean {
  if (before === now) return true
  const isNear = (one: number, other: number) => Math.abs(one - other) <= 0.05 * Math.max(1, one)
  return isNear(before.observations, now.observations) && isNear(100 * lossRate(before.loss), 100 * lossRate(now.loss))
}

function middleOf(bin: number): number {
  return (edgeOf(bin) + edgeOf(Math.min(BINS, bin + 1))) / 2
}

function byPlace(rows: readonly RunningOf[]): Map<string, RunningOf[]> {
  const places = new Map<string, RunningOf[]>()
  for (const row of rows) {
    const place = placeOf(row.source, row.operation)
    const there = places.get(place)
    if (there === undefined) places.set(place, [row])
    else there.push(row)
  }
  return places
}

function placeOf(source: string, operation: string): string {
  return JSON.stringify([source, operation])
}
