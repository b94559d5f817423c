/** The catalogue says what is so. The page is made from it: `npx vitest run packages/server/test/incidents --update`. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '@becket/client/contract'
import { expect, it } from 'vitest'
import { anyCheckOf } from '../../src/core/doctor/running-checks.ts'
import { catalogue, incidentClasses, ownClasses, refusers } from './catalogue.ts'
import type { Caught } from './incident.ts'
import { incidentReference } from './incident-reference.ts'

const page = fileURLToPath(new URL('../../../../docs/reference/incidents.md', import.meta.url))
const classesOf = (text: string) => text.split('/')
const all = catalogue.flatMap(({ id, outcome }) =>
  'caughtBy' in outcome ? outcome.caughtBy.map((by) => ({ id, ...by })) : [],
)

it('has every incident of our classes, once, under the class that it has, and no other', () => {
  const ours = Object.entries(incidentClasses).filter(([, text]) =>
    classesOf(text).some((each) => ownClasses.some((own) => own === each)),
  )
  expect(catalogue.map(({ id, class: ofClass }) => [id, ofClass])).toEqual(ours)
  expect(Object.keys(incidentClasses)).toHaveLength(37 + 20 + 34 + 15)
})

it('names a check, or a reason, for each', () => {
  for (const { id, title, outcome } of catalogue) {
    expect(title).not.toBe('')
    if ('caughtBy' in outcome) expect(outcome.caughtBy, id).not.toEqual([])
    else expect(outcome.notOurs.length, id).toBeGreaterThan(30)
  }
})

it('names only checks, error codes and parts that there are', () => {
  const isKnown = ({ check }: Caught) =>
    anyCheckOf(check) !== null ||
    Object.hasOwn(errorCodes, check) ||
    refusers.some((part) => part === check) ||
    check === 'STAND_IN_IN_PRODUCTION'
  expect(all.filter((by) => !isKnown(by))).toEqual([])
})

it('names only tests that there are', async () => {
  const lacking = await Promise.all(
    all.map(async ({ id, test }) => {
      const [file = '', name = ''] = test.split(' › ')
      const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8').catch(() => '')
      return name !== '' && text.includes(name) ? [] : [`${id}: ${test}`]
    }),
  )
  expect(lacking.flat()).toEqual([])
})

it('of every test here that carries a number, the incident is caught by it', async () => {
  const files = ['configuration', 'mixed-environments', 'network', 'storage', 'deployment', 'start']
  const texts = await Promise.all(files.map((name) => readFile(new URL(`${name}.test.ts`, import.meta.url), 'utf8')))
  const numbered = texts.flatMap((text) =>
    [...text.matchAll(/['"`]((?:[ABC]-\d{3}\w?(?:-2)?|N-[a-z-]+)): /g)].map(([, id]) => id),
  )
  const shown = new Set(all.filter(({ test }) => test.startsWith('incidents/')).map(({ id }) => id))
  expect([...new Set(numbered)].filter((id) => id !== undefined && !shown.has(id))).toEqual([])
})

it('is what docs/reference/incidents.md says', async () => {
  await expect(incidentReference()).toMatchFileSnapshot(page)
})
