/** The reference pages are made from the code. After a wanted change: `npx vitest run packages/server/test/docs --update`. */
import { fileURLToPath } from 'node:url'
import { problemSchema } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { setup } from '../http/setup.ts'
import { checkReference } from './check-reference.ts'
import { errorReference } from './error-reference.ts'

const page = (name: string) => fileURLToPath(new URL(`../../../../docs/reference/${name}`, import.meta.url))

describe('the reference', () => {
  it('of the API is what the server says of itself', async () => {
    const { app } = await setup()
    const document: unknown = (await app.inject({ url: '/openapi.json' })).json()
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(page('openapi.json'))
  })

  it('of errors lists every code, and no other', async () => {
    await expect(errorReference()).toMatchFileSnapshot(page('errors.md'))
  })

  it('of checks lists every check of the doctor, and no other', async () => {
    await expect(checkReference()).toMatchFileSnapshot(page('checks.md'))
  })

  it('of the API points only to schemas that it has, and describes every operation', async () => {
    const { app } = await setup()
    const text = (await app.inject({ url: '/openapi.json' })).body
    const document: { components: { schemas: object }; paths: Record<string, Record<string, object>> } =
      JSON.parse(text)
    const known = Object.keys(document.components.schemas)
    const named = [...text.matchAll(/#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '')
    expect(named.filter((name) => !known.includes(name))).toEqual([])
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    for (const operation of operations) {
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] })
      expect(operation).toHaveProperty(['responses', 'default', 'content', 'application/problem+json'])
    }
    expect(known).toContain('Problem')
    expect(problemSchema.description).toContain('RFC 9457')
  })
})
