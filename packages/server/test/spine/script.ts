/** A provider that does what the test tells it to, and remembers what it was asked. It reads callbacks of one plain shape. */
import type {
  ArtifactAnswer,
  CheckAnswer,
  Expected,
  InboundCallback,
  ProviderSource,
  Reading,
  SubmitAnswer,
  SubmitRequest,
} from '../../src/providers/provider.ts'

export interface Script {
  /** Every submit that reached the provider, in order. */
  submits: SubmitRequest[]
  checks: Expected[]
  /** What the provider does; the test puts its own in place. By default it accepts, with an id of its own. */
  submit(request: SubmitRequest, signal: AbortSignal): Promise<SubmitAnswer>
  check(expected: Expected, signal: AbortSignal): Promise<CheckAnswer>
  artifact(expected: Expected): Promise<ArtifactAnswer>
  find(expected: Expected): Promise<{ externalId: string } | null>
  /** False: the adapter knows no shape at all. */
  isReadable: boolean
}

export type Ability = 'check' | 'artifact' | 'find'

export function createScript(): Script {
  const script: Script = {
    submits: [],
    checks: [],
    submit: async () => ({ kind: 'accepted', externalId: `ext-${script.submits.length}` }),
    check: async () => ({ kind: 'pending' }),
    artifact: async () => ({ kind: 'missing' }),
    find: async () => null,
    isReadable: true,
  }
  return script
}

export function providerOf(script: Script, abilities: readonly Ability[]): ProviderSource {
  const can = (ability: Ability) => abilities.includes(ability)
  return {
    submit: (request, signal) => {
      script.submits.push(request)
      return script.submit(request, signal)
    },
    read: (callback) => (script.isReadable ? readPlain(callback) : { kind: 'unreadable', reason: 'no shape fits' }),
    eventId: ({ headers }) => headers['event-id'] ?? null,
    ...(can('check') && {
      check: (expected: Expected, signal: AbortSignal) => {
        script.checks.push(expected)
        return script.check(expected, signal)
      },
    }),
    ...(can('artifact') && { artifact: (expected: Expected) => script.artifact(expected) }),
    ...(can('find') && { find: (expected: Expected) => script.find(expected) }),
  }
}

/**
 * `{"id": …, "status": "done" | "failed" | "broken" | "working" | "ready", "output": …}`. `ready` brings no output: it
 * lies under the provider's id.
 */
function readPlain({ body }: InboundCallback): Reading {
  let said: { id?: string; status?: string; output?: unknown }
  try {
    said = JSON.parse(body.toString('utf8'))
  } catch {
    return { kind: 'unreadable', reason: 'the body is not JSON' }
  }
  const externalId = said.id ?? null
  switch (said.status) {
    case 'done':
      return { kind: 'outcome', externalId, outcome: { verdict: 'succeeded', output: said.output ?? null } }
    case 'ready':
      return {
        kind: 'outcome',
        externalId,
        outcome: { verdict: 'succeeded', output: { ref: externalId } },
        needsExternalId: externalId === null,
      }
    case 'failed':
    case 'broken': {
      const error = { code: 'SAID_SO', message: 'it went wrong', retryable: said.status === 'failed' }
      return { kind: 'outcome', externalId, outcome: { verdict: 'failed', error } }
    }
    case 'working':
      return { kind: 'progress', externalId }
    default:
      return { kind: 'unreadable', reason: `the status ${said.status} is not known` }
  }
}

/** A promise that the test settles. */
export function deferred<Value>(): {
  promise: Promise<Value>
  resolve: (value: Value) => void
  reject: (error: Error) => void
} {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
