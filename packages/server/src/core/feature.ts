/**
 * What Becket does beyond taking callbacks in can be switched off, given to a part of all jobs, and taken back, each by
 * itself. Decides who has what: by a hash, so that the same job has the same answer in every process and after every
 * restart. Keeps nothing, and is no experiment: nobody measures here what came of it.
 */
import { createHash } from 'node:crypto'

/** What each does, and what holds where it is off. The API, the command line and the reference say it in these words. */
export const features = {
  recovery: {
    does: 'asks providers for outcomes whose callback did not come',
    without: 'nobody is asked; callbacks, what somebody decides by hand, and deadlines settle',
  },
  artifacts: {
    does: 'looks for the output itself where the status API has nothing to say',
    without: 'only the status API is asked',
  },
  breakers: {
    does: 'leaves a dependency alone that is failing',
    without: 'it is called whatever it answered before',
  },
  concurrency: {
    does: 'keeps to the number of jobs that a provider may have in hand',
    without: 'a job is handed over at once; it still counts for the others',
  },
  verification: {
    does: 'refuses callbacks that fail verification',
    without: 'they are verified and kept, and treated as unsigned: they settle nothing, and make a check due',
  },
  delivery: {
    does: 'sends results to sinks',
    without: 'results wait in their queues',
  },
  directUploads: {
    does: 'lets content go straight to the storage, where `documents.directUploads` is on',
    without: 'content comes through Becket',
  },
} as const

export type FeatureName = keyof typeof features

export const featureNames: readonly FeatureName[] = Object.keys(features).filter(isFeatureName)

function isFeatureName(word: string): word is FeatureName {
  return Object.hasOwn(features, word)
}

export interface FeatureSetting {
  enabled: boolean
  /** Of all jobs, 0 to 100. More never takes it from a job that has it. */
  percent: number
}

export type FeatureSettings = Readonly<Record<FeatureName, FeatureSetting>>

export interface Features {
  readonly settings: FeatureSettings
  /** `subject`: see `subjectOf`. */
  has(feature: FeatureName, subject: string): boolean
  /** Of those that not everybody has, which this one has: for its timeline. Undefined where everybody has everything. */
  noteFor(subject: string): { features: Partial<Record<FeatureName, boolean>> } | undefined
}

export function createFeatures(settings: FeatureSettings): Features {
  const partial = featureNames.filter((name) => !settings[name].enabled || settings[name].percent < 100)
  const has = (feature: FeatureName, subject: string) => isIn(settings[feature], feature, subject)
  return {
    settings,
    has,
    noteFor(subject) {
      if (partial.length === 0) return undefined
      return { features: Object.fromEntries(partial.map((name) => [name, has(name, subject)])) }
    },
  }
}

/** What is asked by hand or for no job at all, such as whether a breaker holds for a storage: has it unless it is off. */
export function isOn({ enabled, percent }: FeatureSetting): boolean {
  return enabled && percent > 0
}

/** All attempts of a job have what the job has; an expectation without a job stands for itself. */
export function subjectOf({ id, jobId }: { id: string; jobId: string | null }): string {
  return jobId ?? id
}

const everybody: FeatureSetting = { enabled: true, percent: 100 }

export const allFeatures: Features = createFeatures({
  recovery: everybody,
  artifacts: everybody,
  breakers: everybody,
  concurrency: everybody,
  verification: everybody,
  delivery: everybody,
  directUploads: everybody,
})

function isIn({ enabled, percent }: FeatureSetting, feature: FeatureName, subject: string): boolean {
  if (!enabled || percent <= 0) return false
  return percent >= 100 || placeOf(feature, subject) < percent
}

/** From 0 to below 100. Another one for each feature, so that not the same few jobs try everything. */
function placeOf(feature: FeatureName, subject: string): number {
  const hash = createHash('sha256').update(`becket feature\0${feature}\0${subject}`).digest()
  return (hash.readUInt32BE(0) / 2 ** 32) * 100
}

/** What is not with everybody, in words: `recovery off, breakers 50 %`. */
export function describeFeatures(settings: FeatureSettings): string {
  const said = featureNames.flatMap((name) => {
    const { enabled, percent } = settings[name]
    if (enabled && percent >= 100) return []
    return [`${name} ${isOn(settings[name]) ? `${percent} %` : 'off'}`]
  })
  return said.length === 0 ? 'all' : said.join(', ')
}
