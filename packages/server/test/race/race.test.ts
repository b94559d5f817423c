/** The race in short: fifty documents, and a storage that is late and nothing else, so that every figure is certain. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRehearsal, type RehearsalApart } from '@becket/rehearsal'
import { expect, onTestFinished, test } from 'vitest'
import { runRace } from '../../src/cli/rehearse/race.ts'
import { figuresOf } from '../../src/cli/rehearse/race-figures.ts'
import { silentLog } from '../../src/observe/log.ts'
import { testDatabase } from '../database.ts'

/** In this process: from source there is no program to start for them. */
function standIns(options: Parameters<typeof createRehearsal>[0]): RehearsalApart {
  const rehearsal = createRehearsal(options)
  return {
    start: rehearsal.start,
    stop: rehearsal.stop,
    report: async () => ({ ledger: rehearsal.ledger, rows: rehearsal.rows(), memoryBytes: 0 }),
    change: async (faults) => rehearsal.change(faults),
  }
}

// Two minutes: a quarter of one on an idle machine, and those who test share theirs.
const WITHIN_MS = 120_000

test(
  'over a late storage, workers of the former order find files missing; ours never does, and completes all',
  async () => {
    await using database = await testDatabase({ empty: true })
    const directory = await mkdtemp(join(tmpdir(), 'becket-race-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const documents = await runRace({
      documents: 50,
      seed: 7,
      directory,
      databaseUrl: database.url,
      environment: 'test',
      log: silentLog,
      store: { visibleLate: { rate: 0.6, by: { kind: 'lognormal', medianMs: 300, sigma: 0.8, maxMs: 3_000 } } },
      rehearse: standIns,
    })
    const { former, ours } = figuresOf(documents)
    expect(former.accessErrors).toBeGreaterThan(50)
    expect(documents.filter((document) => document.ours.accessErrors > 0)).toEqual([])
    expect(documents.filter((document) => document.ours.end !== 'complete')).toEqual([])
    expect(ours).toMatchObject({ accessErrors: 0, complete: 50, successShare: 1 })
    expect(ours.waits).toBeGreaterThan(0)
    // The schemas of the race are gone with it.
    const { rows } = await database.db.query(`select 1 from pg_namespace where nspname like 'becket_race%'`)
    expect(rows).toEqual([])
  },
  WITHIN_MS,
)
