import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { optionEntries } from '../../src/config/option.ts'
import { renderReference } from '../../src/config/reference.ts'
import { configSchema } from '../../src/config/schema.ts'
import { operationOptions, sourceOptions } from '../../src/config/source-options.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'

const page = fileURLToPath(new URL('../../../../docs/reference/configuration.md', import.meta.url))

it('docs/reference/configuration.md is what the schema says (vitest -u writes it anew)', async () => {
  await expect(renderReference(providers, sinkKinds)).toMatchFileSnapshot(page)
})

it('every option is described', () => {
  const schemas = [
    configSchema,
    sourceOptions,
    operationOptions,
    ...[...providers, ...sinkKinds].map(({ options }) => options),
  ]
  const entries = schemas.flatMap((schema) => optionEntries(schema))
  expect(entries.length).toBeGreaterThan(60)
  expect(entries.filter(({ note }) => note.description === '').map(({ path }) => path.join('.'))).toEqual([])
})
