import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideDelivery } from './delivery.ts'

const error = { code: 'HTTP_503', message: 'the endpoint answered 503', retryable: true }

test('what was not taken is tried again after the waits of the schedule, a tenth earlier or later', () => {
  const retryMs = [1_000, 60_000]
  expect(decideDelivery({ attempts: 0 }, { kind: 'retry', error }, retryMs, () => 0)).toMatchObject({ dueInMs: 900 })
  expect(decideDelivery({ attempts: 1 }, { kind: 'retry', error }, retryMs, () => 0.5)).toMatchObject({
    state: 'pending',
    attempts: 2,
    dueInMs: 60_000,
  })
})

test('after the last wait of the schedule a delivery is given up', () => {
  expect(decideDelivery({ attempts: 2 }, { kind: 'retry', error }, [1, 2], () => 0.5)).toEqual({
    state: 'dead',
    attempts: 3,
    error,
  })
})

test('what can never be taken is given up at once', () => {
  expect(decideDelivery({ attempts: 0 }, { kind: 'rejected', error }, [1, 2], () => 0.5).state).toBe('dead')
})

test('waiting for what is on its way costs no try, however often', () => {
  const later = {
    kind: 'later',
    afterMs: 5_000,
    reason: 'the attachment is on its way',
    memory: { record: 'r' },
  } as const
  expect(decideDelivery({ attempts: 1 }, later, [1], () => 0.5)).toMatchObject({
    state: 'pending',
    attempts: 1,
    dueInMs: 5_000,
    memory: { record: 'r' },
  })
})

test('a sink that names the time is taken at its word', () => {
  const answer = { kind: 'retry', error, afterMs: 30_000 } as const
  expect(decideDelivery({ attempts: 0 }, answer, [1_000], () => 0.9)).toMatchObject({ dueInMs: 30_000 })
})

test('every delivery ends: with each refusal it comes nearer to being given up', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e6 }), { maxLength: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (retryMs, luck) => {
        let attempts = 0
        for (let round = 0; round <= retryMs.length; round++) {
          const move = decideDelivery({ attempts }, { kind: 'retry', error }, retryMs, () => luck)
          if (move.state === 'dead') return round === retryMs.length
          attempts = move.attempts
        }
        return false
      },
    ),
  )
})
