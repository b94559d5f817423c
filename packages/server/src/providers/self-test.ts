/**
 * The source that nobody configures: what Becket sends to itself when it examines itself goes the way of every callback.
 * It is called by nobody else, submits nothing and asks nobody; its name has a dot, so that no configured one is like it.
 */
import { z } from 'zod'
import type { Source } from './sources.ts'

export const SELF_TEST_SOURCE = 'becket.self-test'
export const SELF_TEST_OPERATION = 'echo'

const MINUTE_MS = 60_000

const bodySchema = z.strictObject({ nonce: z.string().max(100) })

export const selfTestSource: Source = {
  id: SELF_TEST_SOURCE,
  provider: 'self-test',
  enabled: true,
  api: {
    read({ body }) {
      const parsed = bodySchema.safeParse(jsonOf(body))
      if (!parsed.success) return { kind: 'unreadable', reason: 'it is not what Becket sends to itself' }
      return { kind: 'outcome', externalId: null, outcome: { verdict: 'succeeded', output: parsed.data } }
    },
  },
  // What counts is the token in the address.
  verify: { scheme: 'none' },
  paths: [],
  operations: {
    // Whatever becomes of it, nothing is left open for long.
    [SELF_TEST_OPERATION]: {
      expectWithinMs: MINUTE_MS,
      deadlineMs: 5 * MINUTE_MS,
      plan: { kind: 'none' },
      resubmit: 'never',
    },
  },
  mayFetch: () => false,
  download: () => Promise.reject(new Error('the self-test has nothing to download')),
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // What is no JSON is not ours: the schema says so.
    return undefined
  }
}
