/** What must hold of results and their sinks, when everything has come to its end. */
import type { LogRow } from './model-log.ts'
import type { ModelRun } from './model-run.ts'
import type { Handed } from './model-sinks.ts'

interface Row {
  id: string
  sink: string
  ordering: string
  subject: string
  type: string
  state: string
}

const ends: Record<string, readonly string[]> = {
  job: ['done', 'deadletter', 'cancelled'],
  expectation: ['succeeded', 'failed', 'cancelled', 'expired'],
}

export async function brokenDeliveries({ spine, places }: ModelRun, log: readonly LogRow[]): Promise<string[]> {
  const rows = await spine.all<Row>(
    'select id, sink, ordering, subject, type, state from becket.outbox order by created_at, id',
  )
  return [
    ...brokenEnds(rows, log, places.names),
    ...brokenRows(rows, places.takings),
    ...brokenTries(rows, places.tries),
    ...brokenOrder(rows, places.takings),
  ]
}

/** Every end of every job, and of every call, is told to every sink, once each, in order. */
function brokenEnds(rows: readonly Row[], log: readonly LogRow[], sinks: readonly string[]): string[] {
  const told = new Map<string, string[]>()
  for (const { kind, id, job_id, was, now } of log) {
    if (now === null || was === now || (kind === 'expectation' && job_id !== null)) continue
    if (ends[kind]?.includes(now)) told.set(id, [...(told.get(id) ?? []), `${kind}.${now}`])
  }
  const broken: string[] = []
  for (const subject of new Set([...told.keys(), ...rows.map((row) => row.subject)])) {
    const owed = told.get(subject)?.join(', ') ?? 'nothing'
    for (const sink of sinks) {
      const written = rows.filter((row) => row.subject === subject && row.sink === sink)
      const types = written.map(({ type }) => type).join(', ') || 'nothing'
      if (types !== owed) broken.push(`${subject} ended as ${owed}, and ${sink} is told ${types}`)
    }
  }
  return broken
}

function brokenRows(rows: readonly Row[], takings: readonly Handed[]): string[] {
  const taken = new Set(takings.map(({ sink, id }) => `${sink} ${id}`))
  return rows.flatMap(({ id, sink, state }) => {
    if (state === 'pending') return [`${id} for ${sink} is still pending`]
    return state === 'delivered' && !taken.has(`${sink} ${id}`) ? [`${id} is delivered, and ${sink} never took it`] : []
  })
}

/** At every try the same id says the same, and goes to the same sink. */
function brokenTries(rows: readonly Row[], tries: readonly Handed[]): string[] {
  const sinkOf = new Map(rows.map(({ id, sink }) => [id, sink]))
  const said = new Map<string, string>()
  const broken: string[] = []
  for (const { id, sink, result } of tries) {
    if (sinkOf.get(id) !== sink) broken.push(`${id} went to ${sink} and is for ${sinkOf.get(id) ?? 'nobody'}`)
    if ((said.get(id) ?? result) !== result) broken.push(`${id} said ${said.get(id)} and then ${result}`)
    said.set(id, result)
  }
  return broken
}

/** A sink gets the results of one piece of work in the order of its ends; those that were given up are left out. */
function brokenOrder(rows: readonly Row[], takings: readonly Handed[]): string[] {
  const firsts = new Map<string, number>()
  for (const [index, { id }] of takings.entries()) if (!firsts.has(id)) firsts.set(id, index)
  const latest = new Map<string, { id: string; first: number }>()
  const broken: string[] = []
  for (const { id, sink, ordering, state } of rows) {
    const first = firsts.get(id)
    if (state !== 'delivered' || first === undefined) continue
    const before = latest.get(`${sink} ${ordering}`)
    if (before !== undefined && before.first > first) broken.push(`${sink} took ${id} before ${before.id}`)
    latest.set(`${sink} ${ordering}`, { id, first })
  }
  return broken
}
