/**
 * Brings home what a thin success only names, before it settles a call: providers forget results within a day, and whoever
 * is told of the end wants what came of it. Jobs collect in a stage of their own. Decides and writes nothing: where nothing
 * can be fetched, the success stands as it was told.
 */
import { subjectOf } from '../core/feature.ts'
import type { Log } from '../observe/log.ts'
import { expectedOf } from '../providers/expected.ts'
import type { Outcome } from '../providers/provider.ts'
import type { Source } from '../providers/sources.ts'
import type { Breakers } from '../store/breakers.ts'
import type { ExpectationRow } from '../store/expectations.ts'

export interface Collector {
  /** Rejects when `signal` aborts: what was not waited for says nothing. */
  complete(row: ExpectationRow, source: Source, outcome: Outcome, signal: AbortSignal): Promise<Outcome>
}

// 10 s: a book of text. Whoever waits for the outcome waits as long, and so may the callbacks behind it.
const COLLECT_WITHIN_MS = 10_000

export function createCollector({ breakers, log }: { breakers: Breakers; log: Log }): Collector {
  return {
    async complete(row, source, outcome, signal) {
      const { collect } = source.api
      if (outcome.verdict !== 'succeeded' || row.jobId !== null || collect === undefined || !source.enabled)
        return outcome
      const gate = breakers.gate(`source:${source.id}`, subjectOf(row))
      if ((await gate.admit()).kind === 'refused') return outcome
      const facts = { expectationId: row.id, source: source.id }
      const within = AbortSignal.any([signal, AbortSignal.timeout(COLLECT_WITHIN_MS)])
      try {
        const answer = await collect.call(source.api, expectedOf(row), outcome.output, within)
        signal.throwIfAborted()
        if (answer.kind === 'unavailable' && answer.isFault === true) await gate.faulted(answer.reason)
        else await gate.succeeded()
        if (answer.kind === 'collected') return { ...outcome, output: answer.output }
        log.warn({ ...facts, reason: answer.reason }, 'the result could not be fetched; the outcome only names it')
      } catch (error) {
        signal.throwIfAborted()
        // A fault in a provider's code must not keep a proven success from settling.
        log.error({ ...facts, err: error }, 'the provider’s code failed when collecting')
        await gate.succeeded()
      }
      return outcome
    },
  }
}
