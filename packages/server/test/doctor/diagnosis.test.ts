/** What is written and what answers, joined: what was seen settles what the text left open, and nothing is told twice. */
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type CheckCode, checkOf } from '../../src/core/doctor/checks.ts'
import type { Finding } from '../../src/core/doctor/finding.ts'
import { diagnose, joinFindings } from '../../src/doctor/diagnosis.ts'
import { openManifestProbing } from '../../src/doctor/manifest-probing.ts'
import { findingsOf } from '../../src/doctor/probe-findings.ts'
import { lookOf, manifestOf, REF } from './looking.ts'
import { createProbeBench } from './probes-bench.ts'

const bench = createProbeBench()

function finding(check: CheckCode, status: Finding['status'], more: Partial<Finding> = {}): Finding {
  const { severity, consequence } = checkOf(check)
  return { check, status, severity, consequence, subject: 'A', service: 'worker', evidence: 'e', remedy: 'r', ...more }
}

const unasked = { isUnasked: true as const, subject: 'worker' }
const seen = (check: CheckCode, status: Finding['status']) =>
  finding(check, status, { evidence: 'seen', remedy: 'seen' })

describe('findings by text and by asking', () => {
  test.each<[string, Finding[], Finding[], string[]]>([
    [
      'what nobody could ask, and now passes',
      [finding('NET01', 'unknown', unasked)],
      [seen('NET01', 'pass')],
      ['pass seen r-seen'],
    ],
    [
      'what nobody could ask, and now fails',
      [finding('NET01', 'unknown', unasked)],
      [seen('NET01', 'fail')],
      ['fail seen r-seen'],
    ],
    ['what nobody answers', [finding('HK02', 'unknown', unasked)], [], ['unknown e r-r']],
    [
      'a suspicion that came true keeps its own remedy',
      [finding('DB01', 'unknown')],
      [seen('DB01', 'fail')],
      ['fail seen r-r'],
    ],
    ['a suspicion that did not', [finding('DB01', 'unknown')], [seen('DB01', 'pass')], ['pass seen r-seen']],
    [
      'a suspicion that stays one',
      [finding('DB01', 'unknown')],
      [finding('DB01', 'unknown', unasked)],
      ['unknown e r-r'],
    ],
    [
      'what the text proves wrong, and works from here',
      [finding('HK01', 'fail')],
      [seen('HK01', 'pass')],
      ['fail e r-r'],
    ],
    ['what both see is told once', [finding('HK01', 'fail')], [seen('HK01', 'fail')], ['fail e r-r']],
    ['what looks right, and is not', [finding('DB04', 'pass')], [seen('DB04', 'fail')], ['fail seen r-seen']],
    ['what looks right, and could not be seen', [finding('DB04', 'pass')], [seen('DB04', 'unknown')], ['pass e r-r']],
    ['another service', [finding('DB01', 'unknown', { service: 'api' })], [], ['unknown e r-r']],
  ])('%s', (_name, told, answers, expected) => {
    const joined = joinFindings(told, answers)
    expect(joined.map(({ status, evidence, remedy }) => `${status} ${evidence} r-${remedy}`)).toEqual(expected)
  })

  test('a remedy that was seen to work is better than what the text would say', () => {
    const proven = { ...seen('DB01', 'fail'), isProven: true as const }
    expect(joinFindings([finding('DB01', 'unknown')], [proven])).toMatchObject([{ remedy: 'seen' }])
  })
})

describe('a worker whose database has only IPv6 addresses', () => {
  const manifest = manifestOf(`
services:
  worker: { outbound: ipv4, variables: { DATABASE_URL: { format: postgres-url, secret: true } } }
`)
  const look = lookOf(manifest, {
    environment: 'production',
    variables: {
      DATABASE_URL: `postgresql://postgres:test-password@db.${REF}.supabase.co:5432/postgres?sslmode=verify-full`,
    },
  })
  const connect = () => {
    const socket = new Socket()
    queueMicrotask(() => socket.emit('error', Object.assign(new Error('no route'), { code: 'ENETUNREACH' })))
    return socket
  }
  const resolve = async (_host: string, family: 4 | 6) => (family === 6 ? ['2001:db8::1'] : [])

  test('is told once that it has no IPv6', () => {
    const { probing } = openManifestProbing(look, { candidates: [], directory: '/' })
    const report = { status: 'fail', evidence: 'no way out', remedy: 'mend', tookMs: 1 } as const
    const way = { ...report, target: 'database', rung: 'connect', code: 'DB01' as const }
    const machine = { ...report, target: 'machine', rung: 'IPv6', code: 'NET02' as const }
    const failed = (reports: Parameters<typeof findingsOf>[0]) =>
      findingsOf(reports, probing).findings.flatMap(({ check, status }) => (status === 'fail' ? [check] : []))
    expect(failed([way, machine])).toEqual(['DB01'])
    expect(failed([machine])).toEqual(['NET02'])
  })

  async function diagnosed(only: string[] = []) {
    const { probing, close } = openManifestProbing(look, { candidates: [], directory: await bench.directory() })
    bench.onEnd(close)
    const { database } = probing.targets
    if (database === undefined) throw new Error('no database')
    // Nothing but the database: this machine would ask a resolver of its own.
    const targets = { database: { ...database, resolve, connect } }
    return diagnose({ manifest, looks: [look], probing: { ...probing, targets }, only })
  }

  test('is told the cause as seen, with the remedy that the text knows, before all that follows from it', async () => {
    const { findings } = await diagnosed()
    expect(findings.find(({ status }) => status === 'fail')).toMatchObject({
      check: 'DB01',
      status: 'fail',
      severity: 'critical',
      subject: 'DATABASE_URL',
      evidence: expect.stringMatching(/ENETUNREACH.*no way out over IPv6/),
      remedy: expect.stringContaining(`port 5432, user postgres.${REF}`),
    })
    expect(JSON.stringify(findings)).not.toContain('test-password')
  })

  test('and whatever was not reached is unknown, with the reason', async () => {
    const { findings } = await diagnosed(['DB', 'NET'])
    for (const check of ['DB08', 'DB12', 'NET01', 'DB07']) {
      expect(findings.filter((each) => each.check === check)).toMatchObject([
        {
          status: 'unknown',
          isUnasked: true,
          evidence: expect.stringContaining('DATABASE_URL: not asked: connect failed'),
        },
      ])
    }
  })
})
