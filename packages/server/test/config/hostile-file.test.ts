import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createVariables } from '../../src/config/dotenv.ts'
import { createDraft } from '../../src/config/draft.ts'
import { problemsOf } from '../../src/config/issue.ts'
import { configSchema } from '../../src/config/schema.ts'
import { namesIn } from '../../src/config/schema-names.ts'
import { readSources } from '../../src/config/sources.ts'
import { readYaml } from '../../src/config/yaml-file.ts'
import { providers } from './workplace.ts'

const variables = createVariables({}, {})
const keys = fc.constantFrom(
  'port',
  'worker',
  'slots',
  'sources',
  'p',
  'provider',
  'verify',
  'plan',
  '__proto__',
  'constructor',
  'toString',
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('llamaparse', '30s', '', 7, true, null, -1.5),
    tie('map'),
    tie('list'),
  ),
  map: fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
  list: fc.array(tie('tree'), { maxLength: 3 }),
}))

it('answers any file with problems, never with an exception, and leaves the prototypes of objects alone', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        tree.map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      (text) => {
        const draft = createDraft()
        const problems = readYaml({ name: 'becket.yaml', text }, variables, draft)
        const parsed = configSchema.safeParse(draft.root)
        if (!parsed.success) {
          problems.push(...problemsOf(parsed.error, { draft, at: [], namesAt: (path) => namesIn(configSchema, path) }))
          problems.push(...readSources(draft, {}, providers).problems)
          expect(problems.length).toBeGreaterThan(0)
        } else readSources(draft, {}, providers)
        expect(Object.keys(Object.prototype)).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})
