/** Features for people: how each is set here, and whether a job has it. */
import type { Feature, FeatureQuery } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { type Features, featureNames, features as words } from '../core/feature.ts'
import { isId } from '../core/id.ts'
import type { Db } from '../db/db.ts'
import { readExpectation } from '../store/expectations.ts'

export function createFeatureService({ db, features }: { db: Db; features: Features }) {
  async function list({ for: id }: FeatureQuery): Promise<Feature[]> {
    const subject = id === undefined ? null : await subjectFor(id)
    return featureNames.map((name) => ({
      name,
      ...features.settings[name],
      ...words[name],
      has: subject === null ? null : features.has(name, subject),
    }))
  }

  /** An attempt has what its job has. */
  async function subjectFor(id: string): Promise<string> {
    if (isId('job', id)) return id
    const row = isId('expectation', id) ? await readExpectation(db, id) : null
    if (row !== null) return row.jobId ?? row.id
    throw new AppError('NOT_FOUND', `There is no job or expectation ${id}`)
  }

  return { list }
}
