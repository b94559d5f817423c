/** The system that runs: what it runs with, what changed about it, and what is wrong with it. */
import type { z } from 'zod'
import { type Change, type ChangeQuery, changePageSchema } from './contract/changes.ts'
import { type Feature, type FeatureQuery, featureListSchema } from './contract/features.ts'
import {
  type DoctorRun,
  doctorRunSchema,
  type Finding,
  type FindingQuery,
  findingPageSchema,
  findingSchema,
  type StartDoctorRun,
} from './contract/findings.ts'
import { type InstanceSettings, instanceSettingsSchema } from './contract/instances.ts'
import type { Page } from './contract/paging.ts'
import type { QueryValue, Transport } from './transport.ts'

export interface FeaturesApi {
  list(filter?: FeatureQuery): Promise<Feature[]>
}

export interface ChangesApi {
  list(filter?: Partial<ChangeQuery>): Promise<Page<Change>>
}

export interface FindingsApi {
  get(id: string): Promise<Finding>
  list(filter?: Partial<FindingQuery>): Promise<Page<Finding>>
  /** Has the server examine itself; answers at once. */
  run(request?: Partial<StartDoctorRun>): Promise<DoctorRun>
  getRun(id: string): Promise<DoctorRun>
}

export interface InstancesApi {
  /** Names, fingerprints and origins; no values. */
  settings(id: string): Promise<InstanceSettings>
}

export interface RunningApi {
  features: FeaturesApi
  changes: ChangesApi
  findings: FindingsApi
  instances: InstancesApi
}

export function createRunningApi(transport: Transport): RunningApi {
  const get = async <Answer>(path: string, answer: z.ZodType<Answer>, query: Record<string, QueryValue> = {}) =>
    (await transport.ask({ method: 'GET', path, query, answer, repeatable: true })).value

  return {
    features: { list: async (filter = {}) => (await get('/v1/features', featureListSchema, filter)).items },
    changes: { list: (filter = {}) => get('/v1/changes', changePageSchema, filter) },
    findings: {
      get: (id) => get(`/v1/findings/${encodeURIComponent(id)}`, findingSchema),
      list: (filter = {}) => get('/v1/findings', findingPageSchema, filter),
      async run(body = {}) {
        const path = '/v1/findings/run'
        return (await transport.ask({ method: 'POST', path, body, answer: doctorRunSchema, repeatable: true })).value
      },
      getRun: (id) => get(`/v1/findings/runs/${encodeURIComponent(id)}`, doctorRunSchema),
    },
    instances: {
      settings: (id) => get(`/v1/instances/${encodeURIComponent(id)}/settings`, instanceSettingsSchema),
    },
  }
}
