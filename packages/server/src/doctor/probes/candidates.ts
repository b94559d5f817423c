/** Which of several URLs to take, by what was seen of each. Pure. */
import type { DatabaseLadder } from './database.ts'
import type { EndpointKind } from './judge-database.ts'
import type { ProbeReport } from './report.ts'

// For a process that stays: a session of its own, without anybody between, is best.
const preference: readonly EndpointKind[] = [
  'embedded',
  'direct',
  'session pooler',
  'dedicated PgBouncer',
  'transaction pooler',
]

/** Null where there is nothing to choose between. */
export function chooseCandidate(ladders: readonly DatabaseLadder[]): ProbeReport | null {
  const [configured] = ladders
  if (configured === undefined || ladders.length < 2) return null
  const report = { target: 'database', rung: 'choice', tookMs: 0 } as const
  const working = ladders.filter(({ works }) => works).toSorted((one, other) => rankOf(one) - rankOf(other))
  const told = ladders.map(describe).join('; ')
  const [best] = working
  if (best === undefined) {
    const remedy = 'Mend the first rung that failed of the URL that you mean to use, and ask again.'
    return { ...report, status: 'fail', code: 'NET01', evidence: `none of them works: ${told}`, remedy }
  }
  if (configured.works) return { ...report, status: 'pass', code: 'NET01', evidence: told, remedy: null }
  const remedy = `Set DATABASE_URL to ${best.target}: ${best.shown} (with its password).`
  return { ...report, status: 'fail', code: 'NET01', evidence: told, remedy }
}

function rankOf({ kind }: DatabaseLadder): number {
  return kind === null ? preference.length : preference.indexOf(kind)
}

function describe({ target, works, kind, reports }: DatabaseLadder): string {
  if (works) return `${target} works (${kind ?? 'of unknown kind'})`
  const first = reports.find(({ status }) => status === 'fail') ?? reports.find(({ status }) => status === 'unknown')
  return `${target} does not: ${first === undefined ? 'not all was asked' : `${first.rung} ${first.status}`}`
}
