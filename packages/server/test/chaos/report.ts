/** The figures of a crash test, as a table for people or as JSON for machines. */
import type { Check } from './database-checks.ts'
import type { DeliveryChecks } from './delivery-checks.ts'
import type { KillerAccount } from './killer.ts'

export interface ChaosResult {
  ok: boolean
  seed: number
  kills: number
  documents: number
  durationMs: number
  checks: Check[]
  figures: {
    killed: KillerAccount['kills']
    momentsMet: number
    serverEnds: KillerAccount['ends']
    starts: number
    firstReadyMs: number
    laterReadyMs: { median: number; max: number }
    stopMs: number
    snapshots: number
    resubmits: { afterUnconfirmed: number; afterFailure: number }
    settledBy: Record<string, number>
    callbacks: Record<string, number>
    deliveries: DeliveryChecks['deliveries']
    lapses: number
  }
}

// Faults of one kind repeat themselves; ten tell what is wrong.
const SHOWN = 10

export function renderTable(result: ChaosResult): string {
  const { figures } = result
  const width = Math.max(...result.checks.map(({ name }) => name.length))
  const lines = result.checks.flatMap(({ name, figure, faults }) => [
    `${faults.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${figure}`,
    ...faults.slice(0, SHOWN).map((fault) => `        ${fault}`),
    ...(faults.length > SHOWN ? [`        … and ${faults.length - SHOWN} more`] : []),
  ])
  const facts: [string, string][] = [
    ['kills', `${result.kills}: ${told(figures.killed)}; ${figures.momentsMet} met their moment`],
    ['how it ended when its database was taken, or it was', told(figures.serverEnds)],
    [
      'start to ready',
      `first ${figures.firstReadyMs} ms; later median ${figures.laterReadyMs.median} ms, longest ${figures.laterReadyMs.max} ms (${figures.starts} starts)`,
    ],
    ['SIGTERM to gone', `${figures.stopMs} ms`],
    ['snapshots checked on the way', String(figures.snapshots)],
    [
      'attempts repeated',
      `${figures.resubmits.afterUnconfirmed} after unconfirmed, ${figures.resubmits.afterFailure} after failed`,
    ],
    ['settled by', told(figures.settledBy)],
    ['callbacks', told(figures.callbacks)],
    ['deliveries', told(figures.deliveries)],
    ['duration', `${Math.round(result.durationMs / 1_000)} s`],
  ]
  const factWidth = Math.max(...facts.map(([name]) => name.length))
  return [
    ...facts.map(([name, fact]) => `${name.padEnd(factWidth)}  ${fact}`),
    '',
    ...lines,
    '',
    result.ok ? `Held (seed ${result.seed}).` : `Broken. Repeat with --seed ${result.seed}.`,
  ].join('\n')
}

function told(counts: Partial<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
