import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes } from '@becket/client/contract'
import { expect, test } from 'vitest'
import { expectedOutcomes, LARGE_FILE } from './expected-outcomes.ts'

const folder = new URL('../../../../../examples/documents/', import.meta.url)

test('each example document has an expected outcome, and each outcome has a document', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.pdf'))
  expect([...files, LARGE_FILE].sort()).toEqual([...expectedOutcomes.keys()].sort())
})

test('the README of the examples promises the same outcomes', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  for (const [file, expected] of expectedOutcomes) {
    if (file === LARGE_FILE) continue
    const promise = new RegExp(`^\\| \`${file}\` +\\|.*\\| (.+?) +\\|$`, 'm').exec(readme)?.[1] ?? 'nothing'
    if (expected.kind === 'failed') expect(promise).toContain(`failed: \`${expected.code}\``)
    else expect(promise).toMatch(/^(complete|duplicate)/)
  }
})

test('every expected failure has a code that Becket knows', () => {
  for (const expected of expectedOutcomes.values()) {
    if (expected.kind === 'failed') expect(Object.keys(errorCodes)).toContain(expected.code)
  }
})
