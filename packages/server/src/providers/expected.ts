/** An expectation as it was recorded, in the words in which a provider is asked about it. */
import type { ArtifactBefore } from '../core/artifact-before.ts'
import type { Expected } from './provider.ts'

export interface RecordedExpectation {
  id: string
  operation: string
  key: string
  externalId: string | null
  parameters: { artifactUrl: string | null; input: unknown }
  /** Null until the provider was called. */
  submittedAtMs: number | null
  registeredAtMs: number
  artifactBefore: ArtifactBefore | null
}

export function expectedOf(recorded: RecordedExpectation): Expected {
  return {
    id: recorded.id,
    operation: recorded.operation,
    key: recorded.key,
    externalId: recorded.externalId,
    artifactUrl: recorded.parameters.artifactUrl,
    input: recorded.parameters.input,
    submittedAtMs: recorded.submittedAtMs ?? recorded.registeredAtMs,
    artifactBefore: recorded.artifactBefore,
  }
}
