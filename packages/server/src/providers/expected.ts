/** An expectation's row, as a provider needs to know it. */
import type { ExpectationRow } from '../store/expectations.ts'
import type { Expected } from './provider.ts'

export function expectedOf(row: ExpectationRow): Expected {
  return {
    id: row.id,
    operation: row.operation,
    key: row.key,
    externalId: row.externalId,
    artifactUrl: row.parameters.artifactUrl,
    input: row.parameters.input,
    submittedAtMs: row.submittedAtMs ?? row.registeredAtMs,
  }
}
