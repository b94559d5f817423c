import { describe, expect, it } from 'vitest'
import { checkCodes, checkOf } from './checks.ts'
import { type Finding, healthOf, orderFindings } from './finding.ts'
import { meantName } from './meant-name.ts'

function finding(check: Finding['check'], more: Partial<Finding> = {}): Finding {
  const { severity, consequence, remedy } = checkOf(check)
  return { check, severity, consequence, remedy, status: 'fail', subject: 'A', evidence: 'seen', ...more }
}

describe('findings', () => {
  it('stand by severity, then in the order of mending, then as they were found', () => {
    const found = [
      finding('ENV05'),
      finding('HK01'),
      finding('ENV01', { subject: 'B' }),
      finding('ENV01', { subject: 'A' }),
      finding('DB10'),
      finding('ENV10'),
    ]
    expect(orderFindings(found).map(({ check, subject }) => `${check} ${subject}`)).toEqual([
      'ENV10 A',
      'ENV01 B',
      'ENV01 A',
      'HK01 A',
      'DB10 A',
      'ENV05 A',
    ])
  })

  it.each<[string, Finding[], string]>([
    ['all passed', [finding('ENV01', { status: 'pass' })], 'fine'],
    ['something worth knowing', [finding('ENV05')], 'fine'],
    ['a warning', [finding('ENV04')], 'warnings'],
    ['unknown is never pass', [finding('ENV05', { status: 'unknown' })], 'warnings'],
    ['unknown is no error either', [finding('ENV01', { status: 'unknown' })], 'warnings'],
    ['an error', [finding('ENV03'), finding('ENV01', { status: 'pass' })], 'errors'],
    ['something critical', [finding('ENV01')], 'errors'],
  ])('make health: %s', (_case, findings, expected) => {
    expect(healthOf(findings)).toBe(expected)
  })
})

describe('the table of checks', () => {
  it('says everything of every check, as sentences', () => {
    for (const code of checkCodes) {
      const { asks, consequence, remedy, title } = checkOf(code)
      expect(asks, code).toMatch(/^[A-Z].*\?$/)
      expect(consequence, code).toMatch(/^[A-Z].*\.$/)
      expect(title, code).toMatch(/^[A-Z].*[^.]$/)
      expect(remedy.length, code).toBeGreaterThan(10)
    }
  })
})

describe('a name that was meant', () => {
  it.each<[string, string[], string | null]>([
    ['OPNEAI_API_KEY', ['OPENAI_API_KEY', 'OTHER_KEY'], 'OPENAI_API_KEY'],
    ['LLAMAPARSE_API_URL', ['LLAMAPARSE_API_KEY'], null],
    ['LLAMAPARSE_API_URL', ['LLAMAPARSE_API_KEY', 'LLAMAPARSE_BASE_URL'], 'LLAMAPARSE_BASE_URL'],
    ['SOMETHING', ['ELSE_ENTIRELY'], null],
  ])('%s among %j', (written, candidates, expected) => {
    expect(meantName(written, candidates)).toBe(expected)
  })
})
