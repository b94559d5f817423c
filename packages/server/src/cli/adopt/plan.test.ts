import type { Source } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { fillArtifact } from './artifact-address.ts'
import { type PlanOptions, planTakeover } from './plan.ts'
import type { StuckJob } from './stuck-job.ts'

function source(id: string, provider: string, ...operations: string[]): Source {
  const settings = {
    expectWithinMs: 1,
    deadlineMs: 1,
    plan: 'ladder',
    resubmit: 'ask' as const,
    concurrency: null,
    inHand: 0,
    heldBack: 0,
  }
  const named = operations.map((name) => ({ name, ...settings }))
  return {
    id,
    provider,
    verify: 'none',
    callbackUrl: '',
    paths: [],
    operations: named,
    rate: null,
    pausedUntil: null,
    pauseReason: null,
  }
}

const job: StuckJob = {
  id: 'rec1',
  type: 'concatenate',
  status: 'processing',
  externalId: 'j-1',
  sinceMs: 0,
  facts: {},
  obstacle: null,
}

const sources = [source('nca', 'nca-toolkit', 'concatenate', 'image_to_video'), source('parser', 'llamaparse', 'parse')]

function planned(more: Partial<StuckJob>, options: Partial<PlanOptions> = {}) {
  return planTakeover([{ ...job, ...more }], { sources, mappings: [], source: null, artifact: null, ...options })[0]
}

describe('a type', () => {
  it.each([['concatenate'], ['Concatenate'], [' CONCATENATE ']])('%j is known however it is written', (type) => {
    expect(planned({ type })).toMatchObject({ source: 'nca', operation: 'concatenate', key: 'adopted:rec1' })
  })

  it('has the names that its owners gave it, here or by --map', () => {
    expect(planned({ type: 'Image Zoom' })).toMatchObject({ operation: 'image_to_video' })
    const mappings = [{ type: 'stitch', operation: 'concatenate', source: null }]
    expect(planned({ type: 'Stitch' }, { mappings })).toMatchObject({ source: 'nca', operation: 'concatenate' })
  })

  it.each<[string, Partial<StuckJob>, Partial<PlanOptions>, RegExp]>([
    ['that is none', { type: 'dance' }, {}, /nothing is known of the type dance.*--map/],
    ['that is missing', { type: null }, {}, /no type/],
    ['that is answered at once', { type: 'image' }, {}, /at once/],
    ['that no source does', { type: 'music' }, {}, /no source of the provider piapi does music/],
    ['that its source does not do', {}, { source: 'parser' }, /parser has no operation concatenate/],
    [
      'that two sources do',
      {},
      { sources: [...sources, source('nca-2', 'nca-toolkit', 'concatenate')] },
      /nca and nca-2 both do concatenate.*--source/,
    ],
  ])('%s is not guessed', (_, more, options, reason) => {
    expect(planned(more, options)).toMatchObject({ recovery: 'cannot', reason: expect.stringMatching(reason) })
  })
})

describe('a job', () => {
  it('without an external id is looked for in storage, unless its provider finds nothing there', () => {
    const artifact = 'https://files.example.org/{id}.mp4'
    const lost = { externalId: null }
    expect(planned(lost)).toMatchObject({ recovery: 'cannot', reason: expect.stringContaining('--artifact') })
    expect(planned(lost, { artifact })).toMatchObject({
      recovery: 'artifact',
      artifact: 'https://files.example.org/rec1.mp4',
    })
    expect(planned({ ...lost, type: 'parse' }, { artifact })).toMatchObject({
      recovery: 'cannot',
      reason: expect.stringContaining('by its own id only'),
    })
  })

  it('whose external id another has is refused, and the first is not', () => {
    const plan = planTakeover([job, { ...job, id: 'rec2' }], { sources, mappings: [], source: null, artifact: null })
    expect(plan.map(({ recovery }) => recovery)).toEqual(['check', 'cannot'])
  })

  it('whose row says why it cannot be is believed', () => {
    expect(planned({ obstacle: 'it waits for nobody' })).toMatchObject({ reason: 'it waits for nobody' })
  })
})

describe('the address of an output', () => {
  it('takes values as names, and paths as paths', () => {
    const facts = { path: '/a b/c?.md', 'Output URL': 'https://files.example.org/x?sig=1' }
    const fill = (template: string) => fillArtifact(template, { ...job, facts })
    expect(fill('https://files.example.org{path}')).toEqual({
      kind: 'url',
      url: 'https://files.example.org/a%20b/c%3F.md',
    })
    expect(fill('{Output URL}')).toEqual({ kind: 'url', url: 'https://files.example.org/x?sig=1' })
    expect(fill('{nothing}')).toMatchObject({ kind: 'lacking', reason: expect.stringContaining('no nothing') })
    expect(fill('{path}')).toMatchObject({ kind: 'lacking' })
  })
})
