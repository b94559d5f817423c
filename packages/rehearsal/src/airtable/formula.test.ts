import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrue, parseFormula, type Value } from './formula.ts'

const cells: Record<string, Value> = { Status: 'failed', Order: 3, Done: true, 'Run ID': "o'clock", When: '2026-11-22' }
const subject = { id: 'rec1', createdTime: '2026-11-22T10:00:00.000Z', cell: (name: string) => cells[name] }

function judge(text: string): boolean {
  const parsed = parseFormula(text)
  if (parsed.kind === 'invalid') throw new Error(parsed.reason)
  return isTrue(parsed.formula(subject))
}

test.each([
  "{Status}='failed'",
  '{Status} = "failed"',
  "Status!='done'",
  "{Run ID}='o\\'clock'",
  "RECORD_ID()='rec1'",
  "AND({Status}='failed', {Order}>2, {Order}<4, {Order}>=3, {Order}<=3)",
  "OR({Status}='done', NOT({Missing}))",
  '{Missing}=BLANK()',
  "{Missing}=''",
  'NOT({Status}=BLANK())',
  '{Done}',
  '{Done}=1',
  '{Done}=TRUE()',
  '{Missing}=FALSE()',
  '{Order}>-1',
  "({Order})='3'",
  "{When}<'2026-11-23'",
  "CREATED_TIME()>'2026-11-22'",
  'AND()',
])('%s holds', (text) => {
  expect(judge(text)).toBe(true)
  expect(judge(`NOT(${text})`)).toBe(false)
})

test.each(['{Missing}<5', '{Missing}>5', 'OR()', "''", '0'])('%s does not hold', (text) => {
  expect(judge(text)).toBe(false)
})

test.each(['', '{Status', "{Status}='a", '{A} {B}', 'FIND("a", {B})', 'NOT()', 'AND({A}', '=1', `${'('.repeat(99)}1`])(
  'what it does not know it refuses: %s',
  (text) => expect(parseFormula(text)).toMatchObject({ kind: 'invalid', reason: expect.any(String) }),
)

test('whatever a text holds, a formula that quotes it finds it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = text.replace(/[\\']/g, '\\$&')
      const parsed = parseFormula(`{A}='${quoted}'`)
      const holds = parsed.kind === 'formula' && parsed.formula({ ...subject, cell: () => text })
      expect(holds).toBe(true)
    }),
  )
})
