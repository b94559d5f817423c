import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allFeatures,
  createFeatures,
  describeFeatures,
  type FeatureSetting,
  featureNames,
  subjectOf,
} from './feature.ts'

const only = (setting: FeatureSetting) => createFeatures({ ...allFeatures.settings, recovery: setting })
const subject = fc.string({ minLength: 1, maxLength: 40 })
const percent = fc.double({ min: 0, max: 100, noNaN: true })

describe('a feature', () => {
  it('is the same for the same job, whoever asks, and however often', () => {
    fc.assert(
      fc.property(subject, percent, (job, part) => {
        const one = only({ enabled: true, percent: part })
        const other = only({ enabled: true, percent: part })
        expect(one.has('recovery', job)).toBe(other.has('recovery', job))
        expect(one.has('recovery', job)).toBe(one.has('recovery', job))
      }),
    )
  })

  it('is never taken from a job by giving it to more', () => {
    fc.assert(
      fc.property(subject, percent, percent, (job, one, other) => {
        const fewer = only({ enabled: true, percent: Math.min(one, other) })
        const more = only({ enabled: true, percent: Math.max(one, other) })
        if (fewer.has('recovery', job)) expect(more.has('recovery', job)).toBe(true)
      }),
    )
  })

  it('is with all at 100 percent, with nobody at 0, and with nobody while it is off', () => {
    fc.assert(
      fc.property(subject, percent, (job, part) => {
        expect(only({ enabled: true, percent: 100 }).has('recovery', job)).toBe(true)
        expect(only({ enabled: true, percent: 0 }).has('recovery', job)).toBe(false)
        expect(only({ enabled: false, percent: part }).has('recovery', job)).toBe(false)
      }),
    )
  })

  it('reaches about as many jobs as it was given to', () => {
    const part = only({ enabled: true, percent: 25 })
    const having = Array.from({ length: 4_000 }, (_, index) => `job_${index}`).filter((job) =>
      part.has('recovery', job),
    )
    expect(having.length).toBeGreaterThan(900)
    expect(having.length).toBeLessThan(1_100)
  })

  it('falls to other jobs than another feature does', () => {
    const half = { enabled: true, percent: 50 }
    const both = createFeatures({ ...allFeatures.settings, recovery: half, breakers: half })
    const jobs = Array.from({ length: 400 }, (_, index) => `job_${index}`)
    const apart = jobs.filter((job) => both.has('recovery', job) !== both.has('breakers', job))
    expect(apart.length).toBeGreaterThan(150)
    expect(apart.length).toBeLessThan(250)
  })

  it('follows the job through all its attempts', () => {
    expect(subjectOf({ id: 'exp_2', jobId: 'job_1' })).toBe('job_1')
    expect(subjectOf({ id: 'exp_2', jobId: null })).toBe('exp_2')
  })
})

describe('the note of a job', () => {
  it('is left out where everybody has everything', () => {
    expect(allFeatures.noteFor('job_1')).toBeUndefined()
  })

  it('names what not everybody has, and whether this job has it', () => {
    const some = createFeatures({
      ...allFeatures.settings,
      recovery: { enabled: false, percent: 100 },
      breakers: { enabled: true, percent: 50 },
    })
    expect(some.noteFor('job_1')).toEqual({
      features: { recovery: false, breakers: some.has('breakers', 'job_1') },
    })
  })

  it('is said in words where an installation is described', () => {
    const { settings } = allFeatures
    expect(describeFeatures(settings)).toBe('all')
    expect(
      describeFeatures({
        ...settings,
        recovery: { enabled: false, percent: 100 },
        delivery: { enabled: true, percent: 0 },
        breakers: { enabled: true, percent: 12.5 },
      }),
    ).toBe('recovery off, breakers 12.5 %, delivery off')
  })

  it('has a word for each feature', () => {
    expect(featureNames).toHaveLength(7)
  })
})
