import { describe, expect, it } from 'vitest'
import { keepArtifactBefore } from '../../src/store/artifact-before.ts'
import { setup, somebody } from './setup.ts'

const request = { source: 'parser', operation: 'parse', key: 'order-1' }

describe('what lies at the artifact’s address before the submit', () => {
  it('is kept with the expectation, and never replaced by a later look', async () => {
    await using spine = await setup()
    const asked: string[] = []
    spine.source.api.artifactBefore = async ({ id }) => {
      asked.push(id)
      return { kind: 'absent' }
    }
    const { expectation } = await spine.expectations.register(request, somebody)
    await spine.expectations.register(request, somebody)
    expect(asked).toEqual([expectation.id])
    expect(await keepArtifactBefore(spine.db, expectation.id, { kind: 'unknown' })).toBe(false)
    const { rows } = await spine.db.query('select artifact_before as before from becket.expectation')
    expect(rows).toEqual([{ before: { kind: 'absent' } }])
  })

  it('that cannot be looked at stops no registration, and is unknown', async () => {
    await using spine = await setup()
    spine.source.api.artifactBefore = async () => {
      throw new Error('the storage is on fire')
    }
    expect((await spine.expectations.register(request, somebody)).created).toBe(true)
    const { rows } = await spine.db.query('select artifact_before as before from becket.expectation')
    expect(rows).toEqual([{ before: { kind: 'unknown' } }])
  })

  it('is not looked at once the work was submitted: it may be the output itself', async () => {
    await using spine = await setup()
    spine.source.api.artifactBefore = async () => {
      throw new Error('too late')
    }
    await spine.expectations.register({ ...request, externalId: 'x1' }, somebody)
    const { rows } = await spine.db.query('select artifact_before as before from becket.expectation')
    expect(rows).toEqual([{ before: null }])
  })
})
