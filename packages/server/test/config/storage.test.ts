import { describe, expect, it } from 'vitest'
import { describeConfig } from '../../src/config/print.ts'
import { createWorkplace } from './workplace.ts'

const file = (...lines: string[]) => ({ 'becket.yaml': `storage:\n${lines.map((line) => `  ${line}\n`).join('')}` })

const s3 = ['kind: s3', 'region: eu-central-1', 'bucket: docs', 'accessKeyId: test-key', 'secretAccessKey: test-secret']

describe('the storage s3', () => {
  it('is read with the address of its bucket', async () => {
    const { load } = await createWorkplace(file(...s3))
    const keys = { region: 'eu-central-1', accessKeyId: 'test-key', secretAccessKey: 'test-secret' }
    expect((await load()).config.storage).toEqual({
      kind: 's3',
      bucketUrl: 'https://docs.s3.eu-central-1.amazonaws.com',
      ...keys,
    })
    const moved = await load({ BECKET_STORAGE_ENDPOINT: 'http://127.0.0.1:9000/' })
    expect(moved.config.storage).toMatchObject({ bucketUrl: 'http://127.0.0.1:9000/docs' })
    const endpoint = { BECKET_STORAGE_ENDPOINT: 'http://s3.lan', BECKET_STORAGE_PATH_STYLE: 'false' }
    expect((await load(endpoint)).config.storage).toMatchObject({ bucketUrl: 'http://docs.s3.lan' })
  })

  it('shows neither of its keys', async () => {
    const { load } = await createWorkplace(file(...s3))
    const shown = JSON.stringify(describeConfig(await load()))
    expect(shown).toContain('docs')
    expect(shown).not.toMatch(/test-key|test-secret/)
  })

  it('says all that it lacks', async () => {
    const { problems } = await createWorkplace(file('kind: s3'))
    expect(await problems()).toEqual([
      expect.stringMatching(/^storage\.region: is missing: .*us-east-1/),
      expect.stringMatching(/^storage\.accessKeyId: is missing: .*BECKET_STORAGE_ACCESS_KEY_ID/),
      expect.stringMatching(/^storage\.secretAccessKey: is missing: .*BECKET_STORAGE_SECRET_ACCESS_KEY/),
    ])
  })

  it('suggests what was meant', async () => {
    const misspelt = await createWorkplace(file(...s3, 'endpont: http://x.lan'))
    expect(await misspelt.problems()).toEqual([expect.stringContaining('did you mean `endpoint`?')])
    const other = await createWorkplace(file(...s3, 'url: http://x.lan', 'serviceKey: test-key'))
    expect(await other.problems()).toEqual([
      expect.stringContaining('is only used where `storage.kind` is supabase; did you mean `storage.endpoint`?'),
      expect.stringContaining('is only used where `storage.kind` is supabase; did you mean `storage.secretAccessKey`?'),
    ])
    const elsewhere = await createWorkplace(file(...s3, 'endpoint: https://other.fra1.digitaloceanspaces.com'))
    expect(await elsewhere.problems()).toEqual([
      expect.stringMatching(/^storage\.endpoint: .*`other`, but `storage.bucket` is `docs`.*\(becket\.yaml:7\)$/),
    ])
  })

  it('demands a region that a host can have', async () => {
    const { problems } = await createWorkplace(file('kind: s3', 'region: "eu central"'))
    expect((await problems()).join('\n')).toContain('expected a region such as eu-central-1')
  })
})

describe('options of a storage that was not chosen', () => {
  it('are told, with the kinds that use them', async () => {
    const { problems } = await createWorkplace(file('kind: fs', 'bucket: docs', 'pathStyle: true'))
    expect(await problems()).toEqual([
      expect.stringContaining('is only used where `storage.kind` is s3 or supabase; set that, or remove this'),
      expect.stringContaining('is only used where `storage.kind` is s3; set that, or remove this'),
    ])
  })
})

describe('uploads that go straight to the storage', () => {
  it.each([
    ['files on disk', {}, /documents\.directUploads: cannot be: `storage\.kind: fs` signs no addresses/],
    [
      'encryption',
      {
        BECKET_STORAGE_KIND: 'supabase',
        SUPABASE_URL: 'https://p.example.org',
        SUPABASE_SERVICE_ROLE_KEY: 'test-key',
        DOCUMENT_ENCRYPTION_KEY: '0'.repeat(64),
      },
      /documents\.directUploads: cannot be: what goes past Becket is not encrypted/,
    ],
  ])('cannot be with %s', async (_name, env, problem) => {
    const { problems } = await createWorkplace({ 'becket.yaml': 'documents: {directUploads: true}\n' })
    expect(await problems(env)).toEqual([expect.stringMatching(problem)])
  })
})
