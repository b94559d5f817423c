import { describe, expect, it } from 'vitest'
import type { Recorded } from '../moves/report.ts'
import type { EvidenceRow } from '../store/evidence.ts'
import { type ExpectationAhead, type ExpectationStory, MAX_EVIDENCE } from '../store/expectation-reads.ts'
import { createFollowing } from './following.ts'

const row: ExpectationAhead = {
  id: 'exp_1',
  source: 'orders',
  operation: 'pay',
  key: 'k',
  attempt: 1,
  jobId: null,
  stage: null,
  state: 'submitting',
  version: 1,
  parameters: { expectWithinMs: 1, deadlineMs: 2, artifactUrl: null, input: null },
  externalId: null,
  registeredAtMs: 100,
  submittedAtMs: 100,
  expectByMs: 200,
  deadlineMs: 300,
  checks: 0,
  settledAtMs: null,
  settledBy: null,
  error: null,
  artifactBefore: null,
  nowMs: 100,
  outcome: null,
  nextDueMs: 500,
  prunedAtMs: null,
}
const beginning: ExpectationStory = { row, evidence: [] }

const evidence: EvidenceRow = {
  id: 'evd_1',
  origin: 'callback',
  verdict: 'succeeded',
  relation: 'settled',
  detail: {},
  observedAt: 150,
  providerTime: null,
  callbackId: null,
}

function recorded(fromVersion: number, change: Partial<ExpectationAhead>, more: Partial<Recorded> = {}): Recorded {
  const { outcome: _, nextDueMs: __, prunedAtMs: ___, ...plain } = { ...row, version: fromVersion + 1, ...change }
  return { fromVersion, row: plain, outcome: null, evidence: [], nextLook: null, ...more }
}

const taken = recorded(1, { state: 'waiting' }, { nextLook: { dueMs: 900, isPutBack: true } })
const settled = recorded(2, { state: 'succeeded' }, { outcome: Buffer.from('1'), evidence: [evidence] })

describe('who follows an expectation', () => {
  it('knows nothing new before something was written', () => {
    expect(createFollowing().follow(beginning).known()).toBeNull()
  })

  it('knows it from version to version, to its end', () => {
    const following = createFollowing()
    const follower = following.follow(beginning)
    following.recorded(row.id, () => taken)
    expect(follower.known()).toMatchObject({ row: { state: 'waiting', version: 2, nextDueMs: 900 }, evidence: [] })
    following.recorded(row.id, () => settled)
    expect(follower.known()).toEqual({
      row: { ...settled.row, outcome: Buffer.from('1'), nextDueMs: null, prunedAtMs: null },
      evidence: [evidence],
    })
  })

  it('knows nothing any more once a version is missing', () => {
    const following = createFollowing()
    const follower = following.follow(beginning)
    following.recorded(row.id, () => settled)
    expect(follower.known()).toBeNull()
    following.recorded(row.id, () => taken)
    expect(follower.known()).toBeNull()
  })

  it('knows nothing of what is told after its end: others may have told more', () => {
    const following = createFollowing()
    const follower = following.follow(beginning)
    following.recorded(row.id, () => taken)
    following.recorded(row.id, () => settled)
    following.recorded(row.id, () => recorded(3, { state: 'succeeded', version: 3 }, { evidence: [evidence] }))
    expect(follower.known()).toBeNull()
  })

  it('knows nothing where more was said than is shown', () => {
    const following = createFollowing()
    const follower = following.follow({ row, evidence: Array.from({ length: MAX_EVIDENCE }, () => evidence) })
    following.recorded(row.id, () => recorded(1, {}, { evidence: [evidence] }))
    expect(follower.known()).toBeNull()
  })

  it.each([
    ['by who holds the wakeup is when it comes', { dueMs: 900, isPutBack: true }, 900],
    ['by who does not can only be sooner', { dueMs: 900, isPutBack: false }, 500],
    ['sooner is when it comes', { dueMs: 400, isPutBack: false }, 400],
    ['that is left as it is stays', null, 500],
  ])('a next look %s', (_, nextLook, nextDueMs) => {
    const following = createFollowing()
    const follower = following.follow(beginning)
    following.recorded(row.id, () => recorded(1, { state: 'waiting' }, { nextLook }))
    expect(follower.known()?.row.nextDueMs).toBe(nextDueMs)
  })

  it('is one of many, and nothing is told, and nothing made, for who has stopped', () => {
    const following = createFollowing()
    const [one, other] = [following.follow(beginning), following.follow(beginning)]
    one.stop()
    following.recorded(row.id, () => taken)
    expect([one.known(), other.known()?.row.version]).toEqual([null, 2])
    other.stop()
    following.recorded(row.id, () => {
      throw new Error('nobody follows')
    })
  })
})
