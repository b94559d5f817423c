/**
 * A call to a provider that Becket watches: written down first, reported when submitted, awaited until it ends.
 * Never submits twice: only who wrote the expectation down submits.
 */
import { BecketError } from './becket-error.ts'
import { type Expectation, expectationSchema, type RegisterExpectation } from './contract/expectations.ts'
import { storableText } from './contract/text.ts'
import { type ExpectationsApi, isOver } from './expectations-api.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Machine } from './pace.ts'
import { NotSubmittedError, surelyNotSubmitted } from './submit-failure.ts'
import type { Transport } from './transport.ts'
import { type WaitOptions, waitForEnd } from './wait-for-end.ts'

export interface Call {
  readonly id: string
  /** Give this to the provider. Reading it throws where the source has none, since it is only asked. */
  readonly callbackUrl: string
  /** The expectation as it stood when it was registered. */
  readonly expectation: Expectation
  /** Whether this call wrote the expectation down, and so is the one to submit. */
  readonly isNew: boolean
  /** Reports that the provider took the work; null where it gives no id. */
  dispatched(externalId: string | null): Promise<Expectation>
  /** Reports that the provider surely did not take the work. */
  notSubmitted(reason: string): Promise<Expectation>
  /** Waits for the end, through restarts and broken connections. Any process may do so, any number of times. */
  outcome(options?: WaitOptions): Promise<Outcome>
}

/** What `submit` may give back: the provider's id for the work, bare or in an object, or nothing. */
export type Submitted = string | { id: string } | { externalId: string } | undefined

export type Submit = (call: { id: string; callbackUrl: string }) => Promise<Submitted> | Submitted

/** `submit` threw, and nobody knows whether the provider took the work. It stays expected: `call.outcome()` will tell. */
export class SubmitUnclearError extends Error {
  override readonly name = 'SubmitUnclearError'
  readonly call: Call

  constructor(call: Call, cause: unknown) {
    super(`It is not known whether the provider took ${call.id}; await call.outcome(), or start a new attempt`, {
      cause,
    })
    this.call = call
  }
}

export interface Calls {
  expect(spec: RegisterExpectation): Promise<Call>
  call(spec: RegisterExpectation, submit: Submit): Promise<Call>
  /** Has Becket call the provider with `input`: resolves when it has answered. The same key is submitted once. */
  submit(spec: Omit<RegisterExpectation, 'submit' | 'externalId' | 'submittedAt'>): Promise<Call>
}

export function createCalls(transport: Transport, expectations: ExpectationsApi, machine: Machine): Calls {
  function callOf(expectation: Expectation, isNew: boolean): Call {
    const { id } = expectation
    return {
      id,
      expectation,
      isNew,
      get callbackUrl() {
        return expectation.callbackUrl ?? noCallbackUrl(expectation)
      },
      dispatched: (externalId) => expectations.dispatched(id, { externalId }),
      notSubmitted: (reason) => expectations.notSubmitted(id, { reason }),
      async outcome(options = {}) {
        const ended = await waitForEnd(options, machine, {
          what: `Expectation ${id}`,
          ask: (waitMs) => expectations.get(id, { waitMs, retries: 0, ...signalOf(options) }),
          isOver,
        })
        return outcomeOf(ended) ?? stillOpen(ended)
      },
    }
  }

  async function expect(spec: RegisterExpectation): Promise<Call> {
    const { status, value, lost } = await transport.ask({
      method: 'POST',
      path: '/v1/expectations',
      body: spec,
      answer: expectationSchema,
      // A new attempt is one more each time it is asked for.
      repeatable: spec.attempt !== 'new',
    })
    // 201: written down by this request. Where an earlier try of ours lost its answer, 200 is the echo of that try.
    return callOf(value, status === 201 || (lost > 0 && value.state === 'registered'))
  }

  async function call(spec: RegisterExpectation, submit: Submit): Promise<Call> {
    const call = await expect(spec)
    if (!call.isNew) return call
    let submitted: Submitted
    try {
      submitted = await submit({
        id: call.id,
        get callbackUrl() {
          return call.callbackUrl
        },
      })
    } catch (error) {
      if (!surelyNotSubmitted(error)) throw new SubmitUnclearError(call, error)
      await call.notSubmitted(reasonOf(error))
      throw error
    }
    await call.dispatched(externalIdOf(submitted))
    return call
  }

  return { expect, call, submit: (spec) => expect({ ...spec, submit: true }) }
}

function externalIdOf(submitted: Submitted): string | null {
  if (submitted === undefined) return null
  if (typeof submitted === 'string') return submitted
  return 'externalId' in submitted ? submitted.externalId : submitted.id
}

/** At most 1,000 characters, and nothing that cannot be stored. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return storableText(message.slice(0, 1_000)) || 'The submit threw'
}

function signalOf({ signal }: WaitOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function noCallbackUrl(expectation: Expectation): never {
  throw new BecketError({
    code: 'USAGE_INVALID',
    detail: `Expectation ${expectation.id} has no callback address`,
    hint: `Source ${expectation.source} is only asked, or the key may only look; submit without a callback address.`,
    // Read before the provider is called: `call` may report it as not submitted.
    cause: new NotSubmittedError('There is no callback address to submit with'),
  })
}

function stillOpen(expectation: Expectation): never {
  throw new BecketError({
    code: 'ANSWER_UNREADABLE',
    detail: `Expectation ${expectation.id} ended in a state that the client does not know`,
    hint: 'Update the client to the release of the server.',
  })
}
