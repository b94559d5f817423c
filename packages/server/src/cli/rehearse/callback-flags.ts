/** What `becket rehearse callback` was told on the command line, and what of it cannot go together. */

import { parseDuration } from '@becket/client'
import { oldestSignatureMs } from '../../core/signature/sign.ts'
import type { VerifyConfig } from '../../core/signature/verify-config.ts'
import { UsageError } from '../failure.ts'
import type { RemoteFlags } from '../remote.ts'

export interface CallbackFlags extends RemoteFlags {
  source: string
  config?: string
  /** `-`: standard input. */
  file?: string
  expectation?: string
  path?: string
  header?: string[]
  wrongSecret?: boolean
  stale?: boolean
  /** The file of the key that the provider would keep. */
  privateKey?: string
  timeout?: string
  yesProduction?: boolean
}

/** Throws a usage error for flags that contradict each other, or the way in which the source is verified. */
export function judgeFlags(flags: CallbackFlags, verify: VerifyConfig): void {
  if (flags.expectation !== undefined && flags.path !== undefined) {
    throw new UsageError(
      'a callback goes either to --expectation or to --path',
      'The address of an expectation is known to the server; leave --path away.',
    )
  }
  if (flags.path !== undefined && !flags.path.startsWith('/')) {
    throw new UsageError(`--path does not take "${flags.path}"`, 'Write a path from its slash on, such as /in/orders.')
  }
  if (flags.wrongSecret === true && verify.scheme === 'none') {
    throw new UsageError(
      `source ${flags.source} demands no signature: there is no secret to be wrong`,
      `Give it a \`verify\`, or a token: --expectation ID.`,
    )
  }
  if (flags.stale === true && oldestSignatureMs(verify) === null) {
    throw new UsageError(
      `a signature of source ${flags.source} (${verify.scheme}) never gets too old`,
      'Where the scheme signs a time, a `tolerance` in its `verify` bounds the age.',
    )
  }
}

/** Name and value of each header; the last of one name counts. */
export function readHeaders(written: readonly string[] = []): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of written) {
    const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.*)$/.exec(line) ?? []
    // Only the name: the value may be a secret.
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `--header is not a name and a value: ${line.split(':', 1)[0]}`,
        "Write it as 'x-name: value'.",
      )
    }
    headers[name.toLowerCase()] = value
  }
  return headers
}

// 15 s: a callback is read within milliseconds; a worker that lapsed takes as long to be noticed.
const TIMEOUT_MS = 15_000

export function readTimeout(written: string | undefined): number {
  const ms = written === undefined ? TIMEOUT_MS : parseDuration(written)
  if (ms !== null) return ms
  throw new UsageError(`--timeout does not take "${written}"`, 'Write a duration, such as 30s or 5m.')
}
