/**
 * The stage `validate`: brings the parsed text home before the provider forgets it, refuses what is empty, and stores it
 * where it is read back. Nothing is put in the place of a text that is not there.
 */
import { z } from 'zod'
import type { Db } from '../../db/db.ts'
import { expectedOf } from '../../providers/expected.ts'
import type { Sources } from '../../providers/sources.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import { type ExpectationWithOutcome, readExpectation } from '../../store/expectations.ts'
import type { JobRow } from '../../store/jobs.ts'
import type { LocalStage, StageResult } from '../pipeline.ts'
import { accessEvents, documentIdOf, parsedPathOf, readJobData } from './document-job.ts'
import { storeText } from './file-store.ts'

const parsedOutput = z.object({ markdown: z.string() })

// Fewer characters than a short letter: worth a look, not worth a failure.
const SUSPICIOUSLY_SHORT = 100

// A day: results are kept by providers for one or two.
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000
const LONGEST_WAIT_MS = 60_000
// 30 s: how long a source that is switched off is left alone before we look whether it is on again.
const SOURCE_OFF_MS = 30_000
// Two minutes: longer than a submit waits for its answer.
const ID_COMES_WITHIN_MS = 120_000

export function createValidateStage({
  db,
  storage,
  breakers,
  sources,
}: {
  db: Db
  storage: Storage
  breakers: Breakers
  sources: Sources
}): LocalStage {
  return {
    kind: 'local',
    async run({ job, signal }) {
      const expectationId = readJobData(job).settled?.parse
      const row = expectationId === undefined ? null : await readExpectation(db, expectationId)
      if (row === null) return failed('no expectation proves that the document was parsed', false)
      const collected = await collect(sources, job, row, signal)
      if (collected.kind === 'not-collected') return collected.result
      const text = collected.markdown
      if (text.trim() === '') {
        return {
          outcome: {
            kind: 'fail',
            error: { code: 'PARSE_EMPTY', message: `${row.source} found no text in the document`, retryable: false },
          },
        }
      }
      const path = parsedPathOf(documentIdOf(job))
      const gate = breakers.gate(`storage:${storage.name}`)
      const stored = await storeText({ job, storage, gate, key: path, text })
      if (stored.kind === 'not-stored') return stored.result
      const { content, record } = stored
      return {
        outcome: { kind: 'done' },
        data: { storing: null, parsedAccess: record, parsed: { path, ...content } },
        events: [
          ...accessEvents(job, 'parsed', record),
          {
            subject: job.id,
            jobId: job.id,
            type: 'document.parsed',
            severity: text.length < SUSPICIOUSLY_SHORT ? 'warn' : 'info',
            data: { characters: text.length, bytes: content.bytes, isShort: text.length < SUSPICIOUSLY_SHORT },
          },
        ],
      }
    },
  }
}

type Collected = { kind: 'collected'; markdown: string } | { kind: 'not-collected'; result: StageResult }

/** The text as the settled outcome carried it, or fetched where the outcome only names it. */
async function collect(
  sources: Sources,
  job: JobRow,
  row: ExpectationWithOutcome,
  signal: AbortSignal,
): Promise<Collected> {
  const output: unknown = row.outcome === null ? null : JSON.parse(row.outcome.toString('utf8'))
  const carried = parsedOutput.safeParse(output)
  if (carried.success) return { kind: 'collected', markdown: carried.data.markdown }
  const source = sources.get(row.source)
  if (source?.api.collect === undefined) {
    return {
      kind: 'not-collected',
      result: failed(`the outcome holds no text, and ${row.source} cannot be asked for it`, false),
    }
  }
  if (!source.enabled) {
    const reason = 'the source is switched off'
    return { kind: 'not-collected', result: waitForResult(job, row, { reason, retryAfterMs: SOURCE_OFF_MS }) }
  }
  // A callback overtook the submit's answer: the id that the result lies under is on its way.
  const sinceSettledMs = row.nowMs - (row.settledAtMs ?? row.nowMs)
  if (row.externalId === null && sinceSettledMs < ID_COMES_WITHIN_MS) {
    return {
      kind: 'not-collected',
      result: waitForResult(job, row, { reason: 'its id for the work is not known yet', retryAfterMs: 250 }),
    }
  }
  const answer = await source.api.collect(expectedOf(row), output, signal)
  if (answer.kind === 'missing') {
    return { kind: 'not-collected', result: failed(`${row.source} has no result any more: ${answer.reason}`, false) }
  }
  if (answer.kind === 'unavailable') {
    return { kind: 'not-collected', result: waitForResult(job, row, answer) }
  }
  const fetched = parsedOutput.safeParse(answer.output)
  if (fetched.success) return { kind: 'collected', markdown: fetched.data.markdown }
  return { kind: 'not-collected', result: failed(`${row.source} answered with a result that holds no text`, false) }
}

/** The provider has it and cannot give it now: that is no failure of the job, unless it lasts for a day. */
function waitForResult(
  job: JobRow,
  row: ExpectationWithOutcome,
  answer: { reason: string; retryAfterMs?: number },
): StageResult {
  const message = `${row.source} has the result and does not give it: ${answer.reason}`
  if (row.settledAtMs !== null && row.nowMs - row.settledAtMs > GIVE_UP_AFTER_MS) return failed(message, true)
  const afterMs = answer.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(job.postponed, 10))
  return { outcome: { kind: 'postpone', afterMs, error: { code: 'PARSE_FAILED', message, retryable: true } } }
}

function failed(message: string, retryable: boolean): StageResult {
  return { outcome: { kind: 'fail', error: { code: 'PARSE_FAILED', message, retryable } } }
}
