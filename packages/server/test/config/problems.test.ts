import { describe, expect, it } from 'vitest'
import { createWorkplace } from './workplace.ts'

const file = (...lines: string[]) => ({ 'becket.yaml': `${lines.join('\n')}\n` })

describe('what is wrong with a configuration', () => {
  it('is told all at once, from top to bottom, with its place', async () => {
    const { problems } = await createWorkplace(
      file(
        'enviroment: staging',
        'port: many',
        'worker:',
        '  retrys: 4',
        '  pollInterval: 30',
        'sources:',
        '  x: {provider: lamaparse}',
      ),
    )
    expect(await problems({ WORKER_MAX_JOBS: '0' })).toEqual([
      'enviroment: unknown option `enviroment`, did you mean `environment`? (becket.yaml:1)',
      'port: expected a whole number from 0 to 65535, but was `many` (becket.yaml:2)',
      expect.stringMatching(/^worker\.retrys: unknown option `retrys`.*\(becket\.yaml:4\)$/),
      expect.stringMatching(
        /^worker\.pollInterval: expected a duration with its unit.*, but was `30` \(becket\.yaml:5\)$/,
      ),
      'sources.x.provider: unknown provider `lamaparse`, did you mean `llamaparse`? (becket.yaml:7)',
      'worker.slots: expected a whole number from 1 to 1000, but was `0` (env WORKER_MAX_JOBS)',
    ])
  })

  it('names the line of a variable that is not set, and says no more about that option', async () => {
    const { problems } = await createWorkplace(
      file('sources:', '  p:', '    provider: llamaparse', `    apiKey: \${PARSER_KEY}`),
    )
    expect(await problems()).toEqual([
      `becket.yaml:4: \${PARSER_KEY} is not set, neither in the environment nor in .env`,
    ])
  })

  it('refuses what only looks like a variable', async () => {
    const { problems } = await createWorkplace(file(`publicUrl: \${URL:-https://x.example}`))
    expect(await problems()).toEqual([expect.stringContaining(`only \${NAME} is`)])
  })

  it('says where YAML is broken', async () => {
    const { problems } = await createWorkplace(file('port: 1', 'port: 2'))
    expect(await problems()).toEqual(['becket.yaml:2:1: the same key stands twice in one map; keep one'])
    const tabs = await createWorkplace(file('worker:', '\tslots: 1'))
    expect((await tabs.problems())[0]).toMatch(/^becket\.yaml:2:\d+: /)
    const list = await createWorkplace(file('- a'))
    expect(await list.problems()).toEqual(['becket.yaml:1: the file must be a map of options'])
  })

  it('does not follow an alias that names itself', async () => {
    const { problems } = await createWorkplace(file('sources: &all', '  again: *all'))
    expect((await problems())[0]).toContain('nested without end')
  })

  it('names the file that is not there', async () => {
    const { problems } = await createWorkplace()
    expect(await problems({}, { config: 'other.yaml' })).toEqual([
      'other.yaml: there is no such file; check --config and BECKET_CONFIG',
    ])
  })

  it('suggests options of a provider and of its operations', async () => {
    const { problems } = await createWorkplace(
      file(
        'sources:',
        '  p:',
        '    provider: llamaparse',
        '    teir: fast',
        '    operations:',
        '      prase: {}',
        '      parse: {plan: laddr}',
      ),
    )
    const told = await problems()
    expect(told[0]).toContain('did you mean `tier`?')
    expect(told[1]).toContain('did you mean `parse`?')
    expect(told[2]).toContain('expected learned, ladder, poll, none')
  })

  it('looks into the plan that was meant', async () => {
    const { problems } = await createWorkplace(
      file(
        'sources:',
        '  p:',
        '    provider: llamaparse',
        '    operations:',
        '      parse: {plan: {ladder: [{until: 5m, evry: 1m}]}}',
      ),
    )
    const told = await problems()
    expect(told.join('\n')).toContain('plan.ladder[0].evry: unknown option `evry`, did you mean `every`?')
  })

  it('refuses a ladder that goes down, a deadline before the callback, and a key with nowhere to go', async () => {
    const { problems } = await createWorkplace(
      file(
        'sources:',
        '  p:',
        '    provider: openai',
        '    apiKey: test-key',
        '    operations:',
        '      embed: {expectWithin: 2h, deadline: 1h, plan: {ladder: [{until: 5m, every: 1m}, {until: 2m, every: 1m}]}}',
      ),
    )
    const told = (await problems()).join('\n')
    expect(told).toContain('embed.deadline: is before `expectWithin`')
    expect(told).toContain('tier 2 must end later')
    expect(told).toContain('the last tier must have no end')
  })

  it('refuses paths that two sources share, and paths of our own', async () => {
    const { problems } = await createWorkplace(
      file(
        'sources:',
        '  a: {provider: llamaparse, paths: ["/hook/{id}"]}',
        '  b: {provider: llamaparse, paths: ["/hook/{job}"]}',
      ),
    )
    expect((await problems())[0]).toContain('leads to more than one source (a and b)')
    const own = await createWorkplace(file('sources:', '  a: {provider: llamaparse, paths: [/v1/jobs]}'))
    expect((await own.problems())[0]).toContain('sources.a.paths[0]: expected a path')
  })

  it('names a source of the document pipeline that is not there or cannot do it', async () => {
    const { problems } = await createWorkplace(
      file('documents: {parse: parsr, embed: {source: parser}}', 'sources:', '  parser: {provider: llamaparse}'),
    )
    const told = (await problems()).join('\n')
    expect(told).toContain('documents.parse: there is no source `parsr`, did you mean `parser`?')
    expect(told).toContain('documents.embed.source: the source `parser` cannot embed')
  })

  it('never repeats a secret, wherever it was put', async () => {
    const { problems } = await createWorkplace(
      file(
        'apiKey: [hush-1]',
        'database: {url: hush-2}',
        'documents: {encryptionKey: hush-3}',
        'serverKeys: [{id: a, key: hush-4}]',
        `port: \${ADMIN_TOKEN}`,
        'apikey: hush-6',
        'storage: {kind: supabase, serviceKey: {a: hush-8}, url: "https://user:hush-9@x.example"}',
        'sources:',
        '  p: {provider: llamaparse, projectKey: {deep: hush-5}, verify: {scheme: static-header, secret: {a: hush-7}}}',
      ),
    )
    const told = await problems({ ADMIN_TOKEN: 'hush-10' })
    expect(told.length).toBeGreaterThanOrEqual(8)
    expect(told.join('\n')).not.toContain('hush')
  })
})

describe('in production', () => {
  it('demands an address to call back, a strong key, and no mocks', async () => {
    const { problems } = await createWorkplace(
      file('environment: production', 'apiKey: test-key', 'sources:', '  p: {provider: llamaparse}'),
    )
    const told = (await problems({ USE_MOCK_STORAGE: 'true', SERVICE_MODE: 'mock' })).join('\n')
    expect(told).toContain('publicUrl: is missing')
    expect(told).toContain('apiKey: is too short for production')
    expect(told).toContain('USE_MOCK_STORAGE: asks for a mock and is refused in production')
    expect(told).toContain('SERVICE_MODE: asks for a mock and is refused in production')
  })

  it('finds the mocks even where other options are wrong', async () => {
    const { problems } = await createWorkplace(file('port: x'))
    const told = (await problems({ ENVIRONMENT: 'production', USE_MOCK_STORAGE: '1' })).join('\n')
    expect(told).toContain('USE_MOCK_STORAGE')
    expect(told).toContain('port')
  })

  it('takes a mock that is plainly off', async () => {
    const { load } = await createWorkplace()
    const { config } = await load({ ENVIRONMENT: 'production', USE_MOCK_STORAGE: 'false', SERVICE_MODE: 'real' })
    expect(config.environment).toBe('production')
  })
})
