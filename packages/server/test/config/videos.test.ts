import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { describeConfig } from '../../src/config/print.ts'
import { ConfigurationError, formatProblem } from '../../src/config/problem.ts'
import { providers } from '../../src/providers/registry.ts'
import { createWorkplace } from './workplace.ts'

const sources = [
  'sources:',
  '  other: { provider: piapi }',
  '  old: { provider: nca-toolkit, enabled: false, baseUrl: https://old.example.org }',
  '  nca: { provider: nca-toolkit, baseUrl: https://nca.example.org }',
  '  spare: { provider: nca-toolkit, baseUrl: https://spare.example.org }',
]

async function load(...videos: string[]) {
  const { cwd } = await createWorkplace({ 'becket.yaml': [...sources, ...videos, ''].join('\n') })
  return loadConfig({ env: {}, cwd, providers, sinkKinds: [] })
}

describe('the video pipeline', () => {
  it('renders at the first source that is on and can combine, and keeps files of up to two gibibytes', async () => {
    const loaded = await load()
    expect(loaded.config.videos).toEqual({ render: 'nca', maxBytes: 2 * 1024 ** 3, deliverTo: [] })
    const shown = describeConfig(loaded).options.find(({ path }) => path === 'videos.render')
    expect(shown).toMatchObject({ value: 'nca', origin: 'default' })
  })

  it('renders where it is told to', async () => {
    expect((await load('videos: { render: spare, maxBytes: 5 GiB }')).config.videos).toEqual({
      render: 'spare',
      maxBytes: 5 * 1024 ** 3,
      deliverTo: [],
    })
  })

  it('says of a source that cannot which ones can', async () => {
    const problems = await load('videos: { render: other }').then(
      () => [],
      (error: unknown) => (error instanceof ConfigurationError ? error.problems.map(formatProblem) : [String(error)]),
    )
    expect(problems).toEqual([
      expect.stringContaining('the source `other` cannot combine; those that can: old, nca, spare'),
    ])
  })
})
