import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { learnedPlan } from '../../src/core/poll-plan.ts'
import { createWorkplace } from './workplace.ts'

describe('without a file and without variables', () => {
  it('gives a development configuration that can run, with no sources', async () => {
    const { cwd, load } = await createWorkplace()
    const { config, file } = await load()
    expect(file).toBeNull()
    expect(config).toMatchObject({
      environment: 'development',
      publicUrl: null,
      host: '127.0.0.1',
      port: 7400,
      roles: ['intake', 'api', 'worker'],
      dataDir: join(cwd, '.becket'),
      logLevel: 'info',
      apiKey: null,
      serverKeys: [],
      database: { url: null, schema: 'becket', poolSize: 10 },
      intake: { maxBodyBytes: 10_485_760, maxHeaderBytes: 16_384, requestTimeoutMs: 30_000 },
      worker: {
        slots: 10,
        pollIntervalMs: 5000,
        maxRetries: 3,
        retryBaseMs: 5000,
        retryCapMs: 300_000,
      },
      documents: { maxBytes: 26_214_400, uploadUrlTtlMs: 300_000, encryptionKey: null, parse: null },
      storage: { kind: 'fs' },
      recovery: { enabled: true },
      sources: {},
    })
  })
})

describe('the layers', () => {
  const file = { 'becket.yaml': 'port: 7401\nlogLevel: debug\nworker:\n  slots: 4\n' }

  it('lets the file win over defaults, the environment over the file, and the command line over all', async () => {
    const { load } = await createWorkplace(file)
    expect((await load()).config.port).toBe(7401)
    expect((await load({ PORT: '7402' })).config.port).toBe(7402)
    expect((await load({ PORT: '7402', BECKET_PORT: '7403' })).config.port).toBe(7403)
    expect((await load({ PORT: '7402' }, { port: '7404' })).config.port).toBe(7404)
  })

  it('knows where each value came from', async () => {
    const { load } = await createWorkplace({ ...file, '.env': 'WORKER_MAX_RETRIES=7\n' })
    const { originOf } = await load({ PORT: '7402', ENVIRONMENT: 'staging' }, { roles: 'api' })
    expect(originOf(['host'])).toEqual({ kind: 'default' })
    expect(originOf(['worker', 'slots'])).toEqual({ kind: 'file', file: 'becket.yaml', line: 4, names: [] })
    expect(originOf(['port'])).toEqual({ kind: 'env', name: 'PORT', dotenv: false, firstUsers: false })
    expect(originOf(['worker', 'maxRetries'])).toMatchObject({ name: 'WORKER_MAX_RETRIES', dotenv: true })
    expect(originOf(['environment'])).toMatchObject({ name: 'ENVIRONMENT', firstUsers: true })
    expect(originOf(['roles'])).toEqual({ kind: 'flag', name: 'roles' })
  })

  it('takes a variable that is set to nothing as not set', async () => {
    const { load } = await createWorkplace(file)
    expect((await load({ PORT: '', LOG_LEVEL: ' ' })).config).toMatchObject({ port: 7401, logLevel: 'debug' })
  })

  it('does not take the service link of a cluster for a port, and says so', async () => {
    const { load } = await createWorkplace()
    const { config, warnings } = await load({ BECKET_PORT: 'tcp://10.0.0.7:7400', BECKET_SERVICE_HOST: '10.0.0.7' })
    expect(config.port).toBe(7400)
    expect(warnings).toEqual([expect.stringContaining('service link')])
  })

  it('warns of a variable of ours that nobody knows, with a suggestion', async () => {
    const { load } = await createWorkplace()
    const { warnings } = await load({ BECKET_DATADIRS: '/tmp' })
    expect(warnings).toEqual(['BECKET_DATADIRS is not known, did you mean `BECKET_DATA_DIR`?'])
  })

  it('gives the same server key the same id everywhere, the first one first', async () => {
    const { load } = await createWorkplace()
    const both = (await load({ BECKET_SERVER_KEY: 'test-key-test-key-1, test-key-test-key-2' })).config.serverKeys
    const one = (await load({ BECKET_SERVER_KEY: 'test-key-test-key-1' })).config.serverKeys
    expect(both).toHaveLength(2)
    expect(both[0]).toEqual(one[0])
    expect(both[0]?.id).not.toBe(both[1]?.id)
  })
})

describe('a source', () => {
  it('gets the defaults of its provider for what it leaves open', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': [
        'sources:',
        '  parser:',
        '    provider: llamaparse',
        '    operations:',
        '      parse: { deadline: 24h }',
      ].join('\n'),
    })
    const { config, originOf } = await load()
    expect(config.sources.parser).toMatchObject({
      id: 'parser',
      enabled: true,
      baseUrl: 'https://api.parser.example',
      apiKey: null,
      verify: { scheme: 'none' },
      options: { tier: 'fast' },
      operations: {
        parse: { expectWithinMs: 180_000, deadlineMs: 86_400_000, plan: learnedPlan, resubmit: 'safe' },
      },
    })
    expect(config.documents.parse).toBe('parser')
    expect(originOf(['sources', 'parser', 'operations', 'parse', 'expectWithin'])).toMatchObject({ kind: 'provider' })
    expect(originOf(['sources', 'parser', 'operations', 'parse', 'deadline'])).toMatchObject({ line: 5 })
  })

  it('may be written with braces inside brackets, as people do', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': [
        'sources:',
        `  parser: {provider: llamaparse, apiKey: \${KEY}, paths: [/hook/{job_id}, /other/{a}/{b}]} # {c}`,
        '  orders:',
        '    provider: http',
        `    verify: { scheme: static-header, header: X-Auth, secret: \${KEY} }`,
        '    read: {"externalId":"/{id}", status: /status}',
      ].join('\n'),
    })
    const { config, names } = await load({ KEY: 'test-key', LLAMAPARSE_API_KEY: 'test-key' })
    expect(config.sources.parser).toMatchObject({ apiKey: 'test-key', paths: ['/hook/{job_id}', '/other/{a}/{b}'] })
    expect(config.sources.orders).toMatchObject({
      verify: { secrets: ['test-key'] },
      options: { read: { externalId: '/{id}', status: '/status' } },
    })
    expect(names).toHaveLength(1)
  })

  it('says nothing of a variable that the file puts in itself', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': `sources:\n  p: {provider: llamaparse, apiKey: \${LLAMAPARSE_API_KEY}}\n`,
    })
    expect((await load({ LLAMAPARSE_API_KEY: 'test-key' })).names).toEqual([])
  })

  it('has defaults for any operation where its provider names none', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': 'sources:\n  o: {provider: open, operations: {render: {deadline: 2h}}}\n',
    })
    const operations = (await load()).config.sources.o?.operations ?? {}
    expect(Object.keys(operations)).toEqual(['*', 'render'])
    expect(operations.render).toMatchObject({ expectWithinMs: 60_000, deadlineMs: 7_200_000, resubmit: 'never' })
  })

  it('steers its learned plan by what a check is worth', async () => {
    const { load } = await createWorkplace({
      'becket.yaml':
        'sources: {mine: {provider: llamaparse, operations: {parse: {plan: {learned: {checkWorth: 4m}}}}}}\n',
    })
    const { config } = await load()
    expect(config.sources.mine?.operations.parse?.plan).toEqual({ ...learnedPlan, perCheck: 240 })
  })

  it('reads its scheme, its plan and its secrets from the environment', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': [
        'sources:',
        '  orders:',
        '    provider: http',
        `    verify: { scheme: hmac-sha256, secret: '\${ORDERS_SECRET}', header: X-Signature, prefix: sha256= }`,
        '    read: { externalId: /id, status: /status }',
        '    operations:',
        '      call: { plan: { ladder: [ { until: 10m, every: 1m }, { every: 10m } ] } }',
      ].join('\n'),
    })
    const { config } = await load({ ORDERS_SECRET: 'test-key,with-comma' })
    expect(config.sources.orders).toMatchObject({
      verify: { scheme: 'hmac-sha256', secrets: ['test-key,with-comma'], header: 'X-Signature', encoding: 'hex' },
      operations: {
        call: { plan: { kind: 'ladder', tiers: [{ untilMs: 600_000, everyMs: 60_000 }, { everyMs: 600_000 }] } },
      },
    })
  })
})
