import { describe, expect, it } from 'vitest'
import { compareEnvironments, type MarkedEnvironment } from '../../src/core/doctor/compare.ts'
import type { Mark } from '../../src/core/doctor/fingerprint.ts'
import { planFor } from '../../src/core/doctor/plan.ts'
import { findingsOf, manifestOf, saidBy } from './looking.ts'

const manifest = manifestOf(`
services:
  api: &service
    unread: { OLD_URL: nothing reads it }
    variables:
      DATABASE_URL: { format: postgres-url, secret: true, mustEqual: true }
      JWT_KEY: { secret: true, mustEqual: true }
      OPENAI_KEY: { secret: true, mustDiffer: false }
      MODEL: { need: optional, waivedIn: [production] }
      BATCH_SIZE: { need: optional }
  worker: *service
`)

const set = (value: string): Mark => ({ kind: 'set', value, identity: null })

function side(environment: string, marks: Record<string, Mark>, strangers: string[] = []): MarkedEnvironment {
  return { environment, services: [{ service: 'api', marks: new Map(Object.entries(marks)), strangers }] }
}

function verdicts(...sides: MarkedEnvironment[]): Record<string, string> {
  const { rows } = compareEnvironments(manifest, sides)
  return Object.fromEntries(rows.map(({ variable, verdict, between }) => [variable, [verdict, ...between].join(' ')]))
}

describe('two environments beside each other', () => {
  it('show what is missing, more, shared and the same', () => {
    const staging = side('staging', {
      DATABASE_URL: set('a'),
      JWT_KEY: set('same'),
      OPENAI_KEY: set('same'),
      MODEL: set('m'),
    })
    const production = side('production', { JWT_KEY: set('same'), OPENAI_KEY: set('same'), BATCH_SIZE: set('5') })
    expect(verdicts(staging, production)).toEqual({
      DATABASE_URL: 'missing production',
      JWT_KEY: 'shared staging production',
      OPENAI_KEY: 'same',
      // Waived there.
      MODEL: 'different',
      BATCH_SIZE: 'extra production',
    })
  })

  it('tell a name that was misspelt from one that nobody reads', () => {
    const staging = side('staging', { BATCH_SIZE: set('5') })
    const production = side('production', {}, ['BATCHSIZE', 'OLD_URL', 'SOMETHING_ELSE'])
    expect(verdicts(staging, production)).toMatchObject({
      BATCHSIZE: 'near-miss production',
      OLD_URL: 'unread production',
      SOMETHING_ELSE: 'unread production',
    })
  })

  it('take nothing for well that was not seen', () => {
    const staging = side('staging', { JWT_KEY: set('a') })
    expect(verdicts(staging, side('production', { JWT_KEY: { kind: 'unknown' } }))).toMatchObject({
      JWT_KEY: 'unknown production',
    })
    const nothing: MarkedEnvironment = { environment: 'production', services: [] }
    expect(verdicts(staging, nothing)).toMatchObject({ JWT_KEY: 'unknown production' })
  })

  it('may be three', () => {
    const of = (value: string) => ({ JWT_KEY: set(value), OPENAI_KEY: set('same') })
    expect(verdicts(side('development', of('a')), side('staging', of('b')), side('production', of('b')))).toMatchObject(
      {
        JWT_KEY: 'shared staging production',
        OPENAI_KEY: 'same',
      },
    )
  })
})

describe('what the comparison finds', () => {
  const pooler = 'aws-0-eu-central-1.pooler.supabase.com'
  const database = (ref: string, port: number) => `postgres://postgres.${ref}:pw@${pooler}:${port}/postgres`
  const [one, two] = ['abcdefghijklmnopqrst', 'tsrqponmlkjihgfedcba']

  it('two services on two databases disagree; two ways to one database are no disagreement', () => {
    const api = { service: 'api', environment: 'staging', variables: { DATABASE_URL: database(one, 5432) } }
    const worker = (url: string) => ({ service: 'worker', environment: 'staging', variables: { DATABASE_URL: url } })
    expect(saidBy(findingsOf(manifest, api, worker(database(two, 5432))), 'ENV08')).toEqual(['error DATABASE_URL'])
    expect(saidBy(findingsOf(manifest, api, worker(database(one, 6543))), 'ENV08')).toEqual(['pass'])
  })

  it('two environments on one database, or with one secret, share it', () => {
    const of = (environment: string, url: string, jwt: string) => ({
      service: 'api',
      environment,
      variables: { DATABASE_URL: url, JWT_KEY: jwt, OPENAI_KEY: 'one of ours' },
    })
    const findings = findingsOf(
      manifest,
      of('staging', database(one, 5432), 'x'),
      of('production', database(one, 6543), 'x'),
    )
    expect(saidBy(findings, 'ENV07')).toEqual(['critical DATABASE_URL', 'critical JWT_KEY'])
  })

  it('what is absent is told once, with where it is set', () => {
    const of = (environment: string, variables: Record<string, string>) => ({ service: 'api', environment, variables })
    const findings = findingsOf(
      manifest,
      of('staging', { OPENAI_KEY: 'x', BATCH_SIZE: '5' }),
      of('production', { JWT_KEY: 'y' }),
    )
    expect(saidBy(findings, 'ENV09')).toEqual(['error BATCH_SIZE'])
    const missing = findings.find(
      ({ subject, environment }) => subject === 'OPENAI_KEY' && environment === 'production',
    )
    expect(missing?.evidence).toBe('OPENAI_KEY is not set. It is set in staging.')
  })

  it('one environment alone proves no parity', () => {
    const findings = findingsOf(manifest, { service: 'api', environment: 'staging', variables: {} })
    for (const check of ['ENV07', 'ENV08', 'ENV09']) expect(saidBy(findings, check)).toEqual(['unknown'])
  })

  it('the plan mends the one environment, each step once, and ends with the proof', () => {
    const findings = findingsOf(
      manifest,
      { service: 'api', environment: 'staging', variables: {} },
      { service: 'api', environment: 'production', variables: { JWT_KEY: 'x', OPENAI_KEY: 'y', BATCHSIZE: '5' } },
    )
    expect(planFor(findings, 'production').steps.map(({ what }) => what)).toEqual([
      'Set DATABASE_URL on the service api (production): an address such as postgresql://user:password@host:5432/name.',
      'Rename BATCHSIZE to BATCH_SIZE on the service api (production).',
      'Start api again.',
      'becket doctor --service api',
    ])
  })
})
