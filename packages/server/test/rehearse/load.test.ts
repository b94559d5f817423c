/** A load in short: a few jobs of both pipelines, most of whose callbacks are lost. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRehearsal, type RehearsalApart } from '@becket/rehearsal'
import { expect, onTestFinished, test } from 'vitest'
import { runLoad } from '../../src/cli/rehearse/load.ts'
import { loadFigures } from '../../src/cli/rehearse/load-figures.ts'
import { isWhole, renderLoad } from '../../src/cli/rehearse/load-report.ts'
import { silentLog } from '../../src/observe/log.ts'
import { testDatabase } from '../database.ts'

/** In this process: from source there is no program to start for them. */
function standIns(options: Parameters<typeof createRehearsal>[0]): RehearsalApart {
  const rehearsal = createRehearsal({ ...options, ffmpeg: null })
  return {
    start: rehearsal.start,
    stop: rehearsal.stop,
    report: async () => ({ ledger: rehearsal.ledger, rows: rehearsal.rows(), memoryBytes: 0 }),
    change: async (faults) => rehearsal.change(faults),
  }
}

test('a load is completed, every callback lost or not, and its schema is gone with it', {
  timeout: 60_000,
}, async () => {
  await using database = await testDatabase({ empty: true })
  const directory = await mkdtemp(join(tmpdir(), 'becket-load-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const seen: number[] = []
  const jobs = await runLoad({
    jobs: 6,
    pipelines: ['document', 'video'],
    faults: { parse: { loss: 0.5 }, render: { loss: 0.5 } },
    seed: 7,
    withinMs: 50_000,
    directory,
    databaseUrl: database.url,
    environment: 'test',
    log: silentLog,
    rehearse: standIns,
    onProgress: (ended) => seen.push(ended),
    signal: new AbortController().signal,
  })
  const figures = loadFigures(jobs, 10_000)
  expect(figures).toMatchObject({ jobs: 6, complete: 6, completionRate: 1, reasons: {} })
  expect(figures.settledBy.check + figures.settledBy.artifact).toBeGreaterThan(0)
  expect(seen.at(-1)).toBe(6)
  const result = { seed: 7, loss: 0.5, durationMs: 10_000, figures, jobs }
  expect(isWhole(result)).toBe(true)
  expect(renderLoad(result, false)).toContain('completed   6 of 6: 100.0 %')
  const { rows } = await database.db.query(`select 1 from pg_namespace where nspname like 'becket_load%'`)
  expect(rows).toEqual([])
})
