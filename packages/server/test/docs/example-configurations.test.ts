/** Every configuration that a reader may copy out of the documentation is one that `becket config` accepts. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
// In base64, since some schemes want their secrets so.
const SECRET = Buffer.from('test-key test-key test-key').toString('base64')

async function load(text: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'becket-example-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  await writeFile(join(cwd, 'becket.yaml'), text)
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '')
  return loadConfig({ cwd, providers, sinkKinds, env: Object.fromEntries(names.map((name) => [name, SECRET])) })
}

describe('becket config accepts', () => {
  it('examples/becket.yaml, and finds nothing in it that is probably not meant', async () => {
    const { config, warnings } = await load(await readFile(join(root, 'examples/becket.yaml'), 'utf8'))
    expect(Object.keys(config.sources)).toEqual(['llamaparse', 'openai', 'orders'])
    expect(warnings).toEqual([])
  })

  it.each([
    'README.md',
    'docs/guides/add-a-provider.md',
    'docs/guides/nca-toolkit.md',
    'docs/guides/callback-providers.md',
    'docs/guides/video.md',
    'docs/guides/airtable.md',
    'docs/guides/adopt.md',
    'docs/guides/when-becket-asks.md',
    'docs/guides/calls.md',
  ])('the configuration in %s', async (page) => {
    const [, yaml] = /^```yaml\n(.*?)^```/ms.exec(await readFile(join(root, page), 'utf8')) ?? []
    const { config } = await load(yaml ?? '')
    expect(Object.keys(config.sources)).not.toEqual([])
  })
})
