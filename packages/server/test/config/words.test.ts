import { readFile } from 'node:fs/promises'
import { documentStatuses, errorCodes, jobStates, videoStatuses } from '@becket/client'
import { expect, it } from 'vitest'
import { firstUsersNames } from '../../src/config/first-users.ts'
import { defaultSources, pollingNames } from '../../src/config/first-users-sources.ts'

const page = await readFile(new URL('../../../../docs/your-word-our-word.md', import.meta.url), 'utf8')

it('docs/your-word-our-word.md names every variable that is understood, every status and every state', () => {
  const names = [
    ...Object.keys(firstUsersNames.options),
    ...Object.keys(firstUsersNames.unneeded),
    ...Object.keys(pollingNames),
    ...defaultSources.flatMap(({ key, url }) => [key, url]),
    ...documentStatuses,
    ...videoStatuses,
    ...jobStates,
  ]
  expect(names.filter((name) => !page.includes(name))).toEqual([])
})

it('docs/your-word-our-word.md names error codes that there are', () => {
  const section = page.slice(page.indexOf('## Error codes'), page.indexOf('## Routes'))
  const named = [...section.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code)
  expect(named.length).toBe(4)
  expect(named.filter((code) => !Object.hasOwn(errorCodes, code ?? ''))).toEqual([])
})
