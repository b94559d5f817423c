import { type EvidenceOrigin, evidenceOrigins, expectationStates } from '@becket/client/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectationTransitions, isOpen } from './expectation.ts'
import { type Evidence, type Settleable, settle, settleAll } from './settle.ts'

const origins = fc.constantFrom(...evidenceOrigins)

const evidence: fc.Arbitrary<Evidence> = fc.record({
  origin: origins,
  verdict: fc.constantFrom('succeeded', 'failed', 'pending', 'unknown'),
  trusted: fc.boolean(),
})

/** As the store can hold one: settled by somebody exactly where an outcome was proven. */
const expectation: fc.Arbitrary<Settleable> = fc.constantFrom(...expectationStates).chain((state) =>
  fc.record({
    state: fc.constant(state),
    settledBy: state === 'succeeded' || state === 'failed' ? origins : fc.constant(null),
  }),
)

const open: fc.Arbitrary<Settleable> = expectation.filter(({ state }) => isOpen(state))

function isConclusive({ verdict, trusted }: Evidence): boolean {
  return trusted && (verdict === 'succeeded' || verdict === 'failed')
}

function endOf(start: Settleable, pieces: readonly Evidence[]): Settleable['state'] {
  const moves = settleAll(start, pieces).flatMap((settlement) =>
    settlement.kind === 'settled' ? [settlement.state] : [],
  )
  return moves.at(-1) ?? start.state
}

describe('the reducer', () => {
  it('settles an expectation at most once, whatever comes in whatever number', () => {
    fc.assert(
      fc.property(expectation, fc.array(evidence, { maxLength: 30 }), (start, pieces) => {
        const settled = settleAll(start, pieces).filter(({ kind }) => kind === 'settled')
        expect(settled.length).toBeLessThanOrEqual(1)
        if (!isOpen(start.state) && start.state !== 'expired') expect(settled).toEqual([])
      }),
    )
  })

  it('moves only along the transition table', () => {
    fc.assert(
      fc.property(expectation, evidence, (start, piece) => {
        const settlement = settle(start, piece)
        if (settlement.kind === 'settled') expect(expectationTransitions[start.state]).toContain(settlement.state)
      }),
    )
  })

  it('lets the first conclusive evidence decide', () => {
    fc.assert(
      fc.property(open, fc.array(evidence, { maxLength: 30 }), (start, pieces) => {
        const first = pieces.find(isConclusive)
        expect(endOf(start, pieces)).toBe(first?.verdict ?? start.state)
      }),
    )
  })

  it('does not care for the order of evidence that agrees', () => {
    const agreeing = fc.constantFrom<'succeeded' | 'failed'>('succeeded', 'failed').chain((verdict) =>
      fc.array(
        evidence.map((piece) => (isConclusive(piece) ? { ...piece, verdict } : piece)),
        { maxLength: 12 },
      ),
    )
    const withShuffle = agreeing.chain((pieces) =>
      fc.tuple(
        fc.constant(pieces),
        fc.shuffledSubarray(pieces, { minLength: pieces.length, maxLength: pieces.length }),
      ),
    )
    fc.assert(
      fc.property(open, withShuffle, (start, [pieces, shuffled]) => {
        expect(endOf(start, shuffled)).toBe(endOf(start, pieces))
      }),
    )
  })

  it('is not led by evidence that proves nothing, wherever it comes in between', () => {
    fc.assert(
      fc.property(expectation, fc.array(evidence, { maxLength: 20 }), (start, pieces) => {
        const all = settleAll(start, pieces)
        const ofConclusive = all.filter((_, index) => {
          const piece = pieces[index]
          return piece !== undefined && isConclusive(piece)
        })
        expect(ofConclusive).toEqual(settleAll(start, pieces.filter(isConclusive)))
      }),
    )
  })

  it('folds many pieces as it would take them one by one', () => {
    fc.assert(
      fc.property(expectation, fc.array(evidence, { maxLength: 20 }), (start, pieces) => {
        let current = start
        const oneByOne = pieces.map((piece) => {
          const settlement = settle(current, piece)
          if (settlement.kind === 'settled') current = { state: settlement.state, settledBy: piece.origin }
          return settlement
        })
        expect(settleAll(start, pieces)).toEqual(oneByOne)
      }),
    )
  })

  it('settles nothing by a callback that proves nothing, and has the provider asked while that can help', () => {
    fc.assert(
      fc.property(expectation, evidence, (start, piece) => {
        const settlement = settle(start, { ...piece, trusted: false })
        const claimsAnEnd = piece.verdict === 'succeeded' || piece.verdict === 'failed'
        expect(settlement).toEqual({
          kind: 'recorded',
          relation: 'inconclusive',
          makesCheckDue: claimsAnEnd && isOpen(start.state),
        })
      }),
    )
  })
})

describe('an expired expectation', () => {
  const expired: Settleable = { state: 'expired', settledBy: null }

  it.each(evidenceOrigins)('is revived by a success from %s', (origin: EvidenceOrigin) => {
    expect(settle(expired, { origin, verdict: 'succeeded', trusted: true })).toEqual({
      kind: 'settled',
      state: 'succeeded',
      relation: 'revived',
    })
  })

  it.each(['failed', 'pending', 'unknown'] as const)('is not revived by the verdict %s', (verdict) => {
    expect(settle(expired, { origin: 'callback', verdict, trusted: true })).toMatchObject({ kind: 'recorded' })
  })
})

describe('what comes after the end', () => {
  it.each([
    ['the same from the same origin is a duplicate', 'succeeded', 'callback', 'succeeded', 'callback', 'duplicate'],
    ['the same from another origin is late', 'succeeded', 'check', 'succeeded', 'callback', 'late'],
    ['a failure after a success contradicts', 'succeeded', 'check', 'failed', 'callback', 'contradicting'],
    ['a success after a failure contradicts', 'failed', 'callback', 'succeeded', 'check', 'contradicting'],
    ['a success after a cancellation is late', 'cancelled', null, 'succeeded', 'callback', 'late'],
    ['a failure after the deadline is late', 'expired', null, 'failed', 'callback', 'late'],
  ] as const)('%s, and changes nothing', (_, state, settledBy, verdict, origin, relation) => {
    expect(settle({ state, settledBy }, { origin, verdict, trusted: true })).toEqual({
      kind: 'recorded',
      relation,
      makesCheckDue: false,
    })
  })
})
