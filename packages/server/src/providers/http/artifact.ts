/** Says where an output will lie, by the expectation's own address or else the source's, and has it looked for there. */

import type { ArtifactBefore } from '../../core/artifact-before.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { ArtifactAnswer, Expected } from '../provider.ts'
import { lookAtFile, lookBefore } from '../stored-file.ts'
import { unauthorizedAdvice } from './check.ts'
import type { HttpArtifact } from './options.ts'
import { fillTemplate } from './url-template.ts'

export async function findArtifact(
  outbound: Outbound,
  artifact: HttpArtifact | undefined,
  expected: Expected,
  signal: AbortSignal,
): Promise<ArtifactAnswer> {
  const address = addressOf(artifact, expected)
  if (address.kind === 'lacking') return { kind: 'unavailable', reason: address.reason }
  const { url, authenticated } = address
  const look = await lookAtFile(
    outbound,
    {
      url,
      method: artifact?.method ?? 'HEAD',
      authenticated,
      notBeforeMs: expected.submittedAtMs,
      before: expected.artifactBefore,
      isItsOwn: address.isItsOwn,
      advice: unauthorizedAdvice,
    },
    signal,
  )
  return look.kind === 'found' ? { kind: 'found', output: look.file } : look
}

/** Only of an address that other work may have had before. */
export function findArtifactBefore(
  outbound: Outbound,
  artifact: HttpArtifact | undefined,
  expected: Expected,
  signal: AbortSignal,
): Promise<ArtifactBefore> | null {
  const address = addressOf(artifact, expected)
  if (address.kind === 'lacking' || address.isItsOwn) return null
  const { url, authenticated } = address
  return lookBefore(outbound, { url, method: artifact?.method ?? 'HEAD', authenticated }, signal)
}

/** `isItsOwn`: it carries the id of this work, which no other has. */
type Address =
  | { kind: 'url'; url: string; authenticated: boolean; isItsOwn: boolean }
  | { kind: 'lacking'; reason: string }

function addressOf(artifact: HttpArtifact | undefined, expected: Expected): Address {
  // Registered by a caller, not configured: it gets no credentials.
  if (expected.artifactUrl !== null)
    return { kind: 'url', url: expected.artifactUrl, authenticated: false, isItsOwn: false }
  if (artifact?.url === undefined) {
    return { kind: 'lacking', reason: 'neither the expectation nor the source says where the output will be' }
  }
  const filled = fillTemplate(artifact.url, expected)
  return filled.kind === 'url'
    ? { ...filled, authenticated: true, isItsOwn: /\{(externalId|id)\}/.test(artifact.url) }
    : filled
}
