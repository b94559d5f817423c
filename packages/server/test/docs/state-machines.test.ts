/** The pictures of the state machines say what the code does: each is read as text and held against its table. */
import { readFile } from 'node:fs/promises'
import {
  callbackFateSchema,
  documentStatuses,
  expectationStates,
  findingStatusSchema,
  videoStatuses,
} from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { admit, type BreakerState, closedBreaker, onFault, onSuccess } from '../../src/core/breaker.ts'
import { deliveryTransitions } from '../../src/core/delivery.ts'
import { documentPipeline } from '../../src/core/document-pipeline.ts'
import { expectationTransitions } from '../../src/core/expectation.ts'
import { type JobState, jobStates, jobTransitions } from '../../src/core/job-state.ts'
import type { PipelineShape } from '../../src/core/pipeline.ts'
import { startupTransitions } from '../../src/core/startup.ts'
import { videoPipeline } from '../../src/core/video-pipeline.ts'
import type { Db, Tx } from '../../src/db/db.ts'
import { insertFirstWakeups } from '../../src/store/expectation-inserts.ts'
import { listFindings, openFindings, resolvePassed } from '../../src/store/findings.ts'
import * as jobBatches from '../../src/store/job-batches.ts'
import * as jobClaims from '../../src/store/job-claims.ts'
import * as wakeupBatches from '../../src/store/wakeup-batches.ts'
import * as claims from '../../src/store/wakeup-claims.ts'
import { finishWakeups } from '../../src/store/wakeup-ends.ts'
import { wakeEach } from '../../src/store/wakeup-signals.ts'
import * as wakeups from '../../src/store/wakeups.ts'
import { testDatabase } from '../database.ts'

const read = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8')

const page = await read('docs/state-machines.md')
const schema = await read('packages/server/migrations/0001_spine.sql')

interface Move {
  from: string
  to: string
  why: string
}

function sectionOf(title: string): string {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`))
  if (section === undefined) throw new Error(`docs/state-machines.md has no section “${title}”`)
  return section
}

function movesOf(title: string): Move[] {
  const picture = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(sectionOf(title))?.[1] ?? ''
  const aliases = new Map([...picture.matchAll(/state "(.+)" as (\w+)/g)].map(([, name, id]) => [id, name]))
  const named = (id: string) => aliases.get(id) ?? id
  return [...picture.matchAll(/^ {2}(\S+) --> (\S+?)(?:: (.+))?$/gm)].map(([, from = '', to = '', why = '']) => ({
    from: named(from),
    to: named(to),
    why,
  }))
}

const isBetweenStates = ({ from, to }: Move) => from !== '[*]' && to !== '[*]'
const written = (moves: readonly Move[]) => moves.map(({ from, to }) => `${from} → ${to}`).sort()

function ofTable(table: Record<string, readonly string[]>): string[] {
  return Object.entries(table)
    .flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`))
    .sort()
}

const endsIn = (moves: readonly Move[]) => moves.filter(({ to }) => to === '[*]').map(({ from }) => from)
const endsOf = (table: Record<string, readonly string[]>) =>
  Object.entries(table).flatMap(([state, targets]) => (targets.length === 0 ? [state] : []))

describe.each([
  ['Expectation', expectationTransitions],
  ['Job', jobTransitions],
  ['Delivery', deliveryTransitions],
  ['Step of a start', startupTransitions],
] as const)('the picture of the %s', (title, table) => {
  it('draws each move of the table, once, and no other', () => {
    expect(written(movesOf(title).filter(isBetweenStates))).toEqual(ofTable(table))
  })

  it('ends where the table ends', () => {
    expect(endsIn(movesOf(title)).sort()).toEqual(endsOf(table).sort())
  })

  it('says why of each move', () => {
    expect(movesOf(title).filter((move) => move.to !== '[*]' && move.why === '')).toEqual([])
  })
})

describe.each([
  ['Document status', documentPipeline, documentStatuses],
  ['Video status', videoPipeline, videoStatuses],
] satisfies [string, PipelineShape, readonly string[]][])('the table of the %s', (title, shape, words) => {
  const rows = sectionOf(title)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  const cells = rows.slice(2).map(([, stage = '', ...rest]) => ({ stage, statuses: rest.slice(0, -1) }))
  const columns: { state: JobState; isWorking: boolean }[] = [
    { state: 'queued', isWorking: false },
    { state: 'queued', isWorking: true },
    { state: 'waiting', isWorking: true },
    { state: 'retryable', isWorking: false },
    { state: 'deadletter', isWorking: false },
  ]

  it('has a row for each stage, in order', () => {
    expect(cells.map(({ stage }) => stage)).toEqual(shape.stages.map(({ name }) => name))
  })

  it('says in each cell what the code says', () => {
    const said = shape.stages.map(({ name: stage, kind }) => ({
      stage,
      statuses: columns.map(({ state, isWorking }) =>
        // Only a provider is waited for.
        state === 'waiting' && kind === 'local' ? '' : shape.statusOf({ stage, state, isWorking, attempt: 1 }),
      ),
    }))
    expect(cells).toEqual(said)
  })

  it('and what is told below it name every status of the contract', () => {
    for (const status of words) expect(sectionOf(title)).toMatch(new RegExp(`\\b${status}\\b`))
  })
})

describe('the picture of the Wakeup', () => {
  // An error, and a part of a statement.
  const noMoves = ['LostLease', 'dueOfSignalled']
  const functions = Object.entries({
    ...wakeups,
    ...claims,
    ...jobBatches,
    ...jobClaims,
    ...wakeupBatches,
    insertFirstWakeups,
    finishWakeups,
    wakeEach,
  }).flatMap(([name, value]) =>
    typeof value === 'function' && !noMoves.includes(name) && !name.startsWith('read') ? [name] : [],
  )
  const drawn = movesOf('Wakeup').flatMap(({ why }) => why.match(/^\w+(?:, \w+(?=,|$))*/)?.[0].split(', ') ?? [])

  it('names only functions that there are, and all that move a wakeup', () => {
    expect([...new Set(drawn)].sort()).toEqual(functions.sort())
  })
})

describe('the picture of the Breaker', () => {
  /** Every state that can be reached, with the state before it. */
  function explore(): string[] {
    const moves = new Set<string>()
    const seen = new Set<string>()
    const queue: { breaker: BreakerState; nowMs: number }[] = [{ breaker: closedBreaker, nowMs: 0 }]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { breaker, nowMs } = next
      const admission = admit(breaker, nowMs)
      const after = [
        onSuccess(breaker),
        onFault(breaker, 'no answer', nowMs),
        ...(admission.kind === 'trial' ? [admission.next] : []),
      ]
      for (const reached of after) {
        if (reached.state !== breaker.state) moves.add(`${breaker.state} → ${reached.state}`)
        const laterMs = nowMs + 61_000
        const place = `${reached.state} ${reached.failures}`
        if (seen.has(place) || reached.failures > 12) continue
        seen.add(place)
        queue.push({ breaker: reached, nowMs: laterMs })
      }
    }
    return [...moves].sort()
  }

  it('draws each move that answers and time can bring about', () => {
    expect(written(movesOf('Breaker').filter(isBetweenStates))).toEqual(explore())
  })
})

describe('the picture of the Finding', () => {
  const what = { check: 'RUN01', subject: 'worker', service: '' }
  const said = {
    environment: null,
    severity: 'error',
    evidence: '',
    consequence: '',
    remedy: '',
    capability: null,
  } as const
  const acts: Record<string, (tx: Tx) => Promise<unknown>> = {
    fails: (tx) => openFindings(tx, [{ ...what, ...said, status: 'fail' }]),
    isInDoubt: (tx) => openFindings(tx, [{ ...what, ...said, status: 'unknown' }]),
    passes: (tx) => resolvePassed(tx, { checks: [what.check], service: what.service, except: [] }),
  }

  /** Does these one after the other in an empty database, and answers the rows, the oldest first. */
  async function statusesAfter(db: Db, names: readonly string[]): Promise<string[]> {
    await db.query('delete from becket.finding')
    for (const name of names) await db.tx(async (tx) => acts[name]?.(tx))
    const rows = await listFindings(db, { statuses: null, severities: null, check: null, before: null, limit: 10 })
    return rows.map(({ status, resolvedAt }) => (resolvedAt === null ? status : 'resolved')).reverse()
  }

  it('draws each move that the statements make, knows every status of the contract, and no other', async () => {
    await using database = await testDatabase()
    const moves: string[] = []
    for (const first of ['fails', 'isInDoubt']) {
      const [from = ''] = await statusesAfter(database.db, [first])
      moves.push(`[*] → ${from}`)
      for (const next of Object.keys(acts)) {
        moves.push(`${from} → ${(await statusesAfter(database.db, [first, next])).join(' and ')}`)
      }
    }
    const drawn = movesOf('Finding')
    expect(written(drawn.filter(({ to }) => to !== '[*]'))).toEqual(moves.sort())
    expect(endsIn(drawn)).toEqual(['resolved'])
    expect([...new Set(drawn.map(({ from }) => from))].filter((state) => state !== '[*]').sort()).toEqual(
      [...findingStatusSchema.options].sort(),
    )
  })

  it('says rightly that what comes back is a new row, and that what passed stays as it was', async () => {
    await using database = await testDatabase()
    expect(await statusesAfter(database.db, ['fails', 'passes', 'passes', 'isInDoubt'])).toEqual([
      'resolved',
      'unknown',
    ])
  })
})

describe('the picture of the Callback', () => {
  it('knows every fate of the contract, and no other', () => {
    const drawn = new Set(movesOf('Callback').flatMap(({ from, to }) => [from, to]))
    drawn.delete('[*]')
    expect([...drawn].sort()).toEqual([...callbackFateSchema.options].sort())
  })

  it('lets nothing come of a refused one', () => {
    expect(movesOf('Callback').filter(({ from }) => from === 'refused')).toEqual([])
  })
})

describe('the database', () => {
  function allowedIn(table: string, column: string): string[] {
    const body = new RegExp(`create table becket\\.${table} \\(([\\s\\S]*?)\\n\\)`).exec(schema)?.[1] ?? ''
    const list = new RegExp(`${column} text not null check \\(${column} in\\s*\\(([^)]*)\\)`).exec(body)?.[1] ?? ''
    return [...list.matchAll(/'([^']+)'/g)].map(([, state = '']) => state).sort()
  }

  it.each<[string, string, readonly string[]]>([
    ['expectation', 'state', expectationStates],
    ['job', 'state', jobStates],
    ['callback', 'fate', callbackFateSchema.options],
    ['breaker', 'state', ['closed', 'open', 'half-open']],
  ])('allows in %s.%s exactly the states of the code', (table, column, states) => {
    expect(allowedIn(table, column)).toEqual([...states].sort())
  })
})
