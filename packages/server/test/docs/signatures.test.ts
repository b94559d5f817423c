/** The page of signatures is made from the code. After a wanted change: `npx vitest run packages/server/test/docs --update`. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { publicKeySchemes } from '../../src/core/signature/public-key-schemes.ts'
import { sharedSecretSchemes } from '../../src/core/signature/shared-secret-schemes.ts'
import { signatureReference } from './signature-reference.ts'

const page = fileURLToPath(new URL('../../../../docs/reference/signatures.md', import.meta.url))

it('docs/reference/signatures.md is what the tables and the vectors say', async () => {
  await expect(signatureReference()).toMatchFileSnapshot(page)
})

it('docs/reference/signatures.md has a row and a vector for every scheme', () => {
  const text = signatureReference()
  const vectors = text.slice(text.indexOf('## Vectors'))
  for (const name of [...Object.keys(sharedSecretSchemes), ...Object.keys(publicKeySchemes)]) {
    expect(text).toContain(`| \`${name}\` | `)
    expect(vectors).toContain(`| \`${name}\` | `)
  }
})
