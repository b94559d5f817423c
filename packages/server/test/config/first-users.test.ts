import { describe, expect, it } from 'vitest'
import { ladder } from '../../src/core/poll-plan.ts'
import { createWorkplace } from './workplace.ts'

const MINUTE = 60_000

describe('the names of the first users', () => {
  it('set our options', async () => {
    const { load } = await createWorkplace()
    const key = Buffer.alloc(32, 7)
    const { config } = await load({
      ENVIRONMENT: 'staging',
      LOG_LEVEL: 'WARNING',
      WEBHOOK_BASE_URL: 'https://hooks.example.org/',
      DATABASE_URL: 'postgresql://u:p@db.example/name',
      DATABASE_SCHEMA: 'upload_pipeline',
      DOCUMENT_ENCRYPTION_KEY: key.toString('base64url'),
      WORKER_POLL_INTERVAL: '5',
      WORKER_MAX_RETRIES: '4',
      WORKER_MAX_JOBS: '12',
      OPENAI_MODEL: 'text-embedding-3-large',
      ENABLE_JOB_POLLING: 'false',
    })
    expect(config).toMatchObject({
      environment: 'staging',
      logLevel: 'warn',
      publicUrl: 'https://hooks.example.org',
      database: { url: 'postgresql://u:p@db.example/name', schema: 'upload_pipeline' },
      documents: { encryptionKey: key, embed: { model: 'text-embedding-3-large' } },
      worker: { pollIntervalMs: 5000, maxRetries: 4, slots: 12 },
      recovery: { enabled: false },
    })
  })

  it('give way to ours', async () => {
    const { load } = await createWorkplace()
    const { config } = await load({
      LOG_LEVEL: 'debug',
      BECKET_LOG_LEVEL: 'error',
      WORKER_MAX_JOBS: '3',
      BECKET_WORKER_SLOTS: '4',
    })
    expect(config).toMatchObject({ logLevel: 'error', worker: { slots: 4 } })
  })

  it('make the two sources where the file names none', async () => {
    const { load } = await createWorkplace()
    const { config, names } = await load({
      LLAMAPARSE_API_KEY: 'test-key',
      OPENAI_API_KEY: 'test-key',
      OPENAI_API_URL: 'http://127.0.0.1:9/v1',
    })
    expect(config.sources.llamaparse).toMatchObject({
      provider: 'llamaparse',
      baseUrl: 'https://api.cloud.llamaindex.ai',
      apiKey: 'test-key',
      paths: ['/webhook/llamaparse/{job_id}'],
    })
    expect(config.sources.openai).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1' })
    expect(config.documents).toMatchObject({ parse: 'llamaparse', embed: { source: 'openai' } })
    expect(names.map(({ name, isUsed }) => [name, isUsed])).toEqual([
      ['LLAMAPARSE_API_KEY', true],
      ['OPENAI_API_KEY', true],
      ['OPENAI_API_URL', true],
    ])
  })

  it('leave a source alone that the file names, and say so', async () => {
    const { load } = await createWorkplace({ 'becket.yaml': 'sources: {mine: {provider: llamaparse}}\n' })
    const { config, names } = await load({ LLAMAPARSE_API_KEY: 'test-key' })
    expect(Object.keys(config.sources)).toEqual(['mine'])
    expect(config.sources.mine?.apiKey).toBeNull()
    expect(names[0]?.effect).toContain('the file configures sources.mine')
  })

  it('shape the ladder of every operation that the file leaves open', async () => {
    const { load } = await createWorkplace({
      'becket.yaml': 'sources: {mine: {provider: llamaparse, operations: {parse: {deadline: 2h}}}}\n',
    })
    const times = { POLLING_INTERVAL_MINUTES: '10', WEBHOOK_TIMEOUT_MINUTES: '7', MAX_POLLING_AGE_HOURS: '36' }
    const { config, originOf } = await load({ ...times, OPENAI_API_KEY: 'test-key' })
    const plan = {
      kind: 'ladder',
      tiers: [
        { untilMs: 15 * MINUTE, everyMs: 10 * MINUTE },
        { untilMs: 60 * MINUTE, everyMs: 10 * MINUTE },
        { everyMs: 15 * MINUTE },
      ],
    }
    expect(config.sources.mine?.operations.parse).toMatchObject({
      expectWithinMs: 7 * MINUTE,
      deadlineMs: 120 * MINUTE,
      plan,
    })
    expect(config.sources.openai?.operations.embed).toMatchObject({ deadlineMs: 36 * 60 * MINUTE, plan })
    expect(originOf(['sources', 'mine', 'operations', 'parse', 'plan'])).toMatchObject({
      name: 'POLLING_INTERVAL_MINUTES',
    })
  })

  it.each(['WEBHOOK_TIMEOUT_MINUTES', 'MAX_POLLING_AGE_HOURS'])(
    'keep the ladder where only %s is set',
    async (name) => {
      const { load } = await createWorkplace({ 'becket.yaml': 'sources: {mine: {provider: llamaparse}}\n' })
      const { config, originOf } = await load({ [name]: '20' })
      expect(config.sources.mine?.operations.parse?.plan).toEqual(ladder)
      expect(originOf(['sources', 'mine', 'operations', 'parse', 'plan'])).toMatchObject({ name })
    },
  )

  it('are refused when they mean nothing', async () => {
    const { problems } = await createWorkplace()
    expect(await problems({ MAX_POLLING_AGE_HOURS: 'a day' })).toEqual([
      expect.stringContaining('MAX_POLLING_AGE_HOURS: expected a whole number'),
    ])
  })

  it('fill in the Supabase storage only where it is chosen', async () => {
    const { load } = await createWorkplace()
    const supabase = { SUPABASE_URL: 'https://ref.example', SUPABASE_SERVICE_ROLE_KEY: 'test-key' }
    expect((await load(supabase)).config.storage).toEqual({ kind: 'fs' })
    expect((await load({ ...supabase, BECKET_STORAGE_KIND: 'supabase' })).config.storage).toEqual({
      kind: 'supabase',
      url: 'https://ref.example',
      serviceKey: 'test-key',
      bucket: 'documents',
    })
  })

  it('that are not needed are explained', async () => {
    const { load } = await createWorkplace()
    const { names } = await load({
      REDIS_URL: 'redis://x',
      ANTHROPIC_API_KEY: 'test-key',
      ALERT_EMAIL: 'a@example.org',
    })
    expect(names.map(({ isUsed }) => isUsed)).toEqual([false, false, false])
    expect(names.find(({ name }) => name === 'REDIS_URL')?.effect).toContain('not needed')
  })
})
