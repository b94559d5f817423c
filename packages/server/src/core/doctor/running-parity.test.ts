import { describe, expect, it } from 'vitest'
import { type RunningSide, runningFindings } from './running-parity.ts'

function side(name: string, more: Partial<RunningSide> = {}): RunningSide {
  return { name, environment: name, keyId: 'one', database: name, changes: [], failures: [], ...more }
}

function databases(...sides: RunningSide[]): string[] {
  return runningFindings(sides).flatMap(({ check, status, environment }) =>
    check.startsWith('RUN') ? [`${check} ${status} ${environment ?? ''}`] : [],
  )
}

describe('the databases of running installations', () => {
  it('must be two for two environments', () => {
    expect(databases(side('staging'), side('production'))).toEqual(['RUN08 pass production'])
    const shared = { database: 'the same' }
    expect(databases(side('staging', shared), side('production', shared))).toEqual(['RUN08 fail production'])
  })

  it('must be one within one environment', () => {
    const api = side('api', { environment: 'production' })
    const worker = side('worker', { environment: 'production' })
    expect(databases(api, worker)).toEqual(['RUN09 fail worker'])
    expect(databases({ ...api, database: 'it' }, { ...worker, database: 'it' })).toEqual(['RUN09 pass worker'])
  })

  it('are never taken for two where one does not tell, or the fingerprints cannot be compared', () => {
    expect(databases(side('staging', { database: null }), side('production'))).toEqual(['RUN08 unknown production'])
    expect(databases(side('staging', { keyId: 'other' }), side('production'))).toEqual(['RUN08 unknown production'])
    expect(databases(side('staging', { keyId: null }), side('production', { keyId: null }))).toEqual([
      'RUN08 unknown production',
    ])
  })

  it('that do not tell are told with what lets them', () => {
    const [found] = runningFindings([side('staging', { database: null }), side('production')])
    expect(found?.evidence).toContain('staging')
    expect(found?.remedy).toContain('grant execute on function pg_control_system()')
  })
})

describe('what changed', () => {
  it('is in doubt where no good release is known', () => {
    const found = runningFindings([side('production')])
    expect(found).toMatchObject([{ check: 'ENV12', status: 'unknown', subject: 'production' }])
  })
})
