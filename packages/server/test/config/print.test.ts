import { describe, expect, it } from 'vitest'
import { fingerprintConfig } from '../../src/config/fingerprint.ts'
import { describeConfig, renderConfig } from '../../src/config/print.ts'
import { postgresSink } from '../../src/sinks/postgres/postgres.ts'
import { webhookSink } from '../../src/sinks/webhook/webhook.ts'
import { createWorkplace } from './workplace.ts'

const file = {
  'becket.yaml': [
    'apiKey: hush-hush-hush-1',
    'serverKeys: [{id: a, key: hush-hush-hush-2}]',
    'sources:',
    '  p:',
    '    provider: llamaparse',
    `    apiKey: \${PARSER_KEY}`,
    '    projectKey: hush-3',
    '    tier: agentic',
    '    verify: {scheme: static-header, header: X-Auth, secret: hush-4}',
    '',
  ].join('\n'),
}

describe('the printed configuration', () => {
  it('shows values and where they came from, and masks every secret whole', async () => {
    const { load } = await createWorkplace(file)
    const loaded = await load({
      PARSER_KEY: 'hush-5',
      DATABASE_URL: 'postgresql://u:hush-6@db/x',
      DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, 'hush').toString('base64'),
    })
    const shown = describeConfig(loaded)
    const text = renderConfig(shown)
    expect(`${text}${JSON.stringify(shown)}`).not.toMatch(/hush|aHVzaA/)
    const rows = Object.fromEntries(shown.options.map(({ path, value, origin }) => [path, [value, origin]]))
    expect(rows.port).toEqual(['7400', 'default'])
    expect(rows['worker.retryCap']).toEqual(['5m', 'default'])
    expect(rows['intake.maxBodyBytes']).toEqual(['10 MiB', 'default'])
    expect(rows.apiKey).toEqual(['********', 'becket.yaml:1'])
    expect(rows['database.url']).toEqual(['********', 'env DATABASE_URL'])
    expect(rows['sources.p.apiKey']).toEqual(['********', 'becket.yaml:6, from PARSER_KEY'])
    expect(rows['sources.p.projectKey']).toEqual(['********', 'becket.yaml:7'])
    expect(rows['sources.p.tier']).toEqual(['agentic', 'becket.yaml:8'])
    expect(rows['sources.p.verify']).toEqual(['static-header by X-Auth', 'becket.yaml:9'])
    expect(rows['sources.p.operations.parse.deadline']).toEqual(['10h', 'default of provider llamaparse'])
    expect(rows['documents.parse']).toEqual(['p', 'default'])
  })

  it('shows the options of a sink as they would be written, and hides a column’s name no more than any other', async () => {
    const { load } = await createWorkplace(
      {
        'becket.yaml': [
          'sinks:',
          '  tables: {kind: postgres, url: postgres://u:hush-1@db/x, table: films, key: film_id, types: [job.done, job.cancelled]}',
          '  app: {kind: webhook, url: https://app.example.org, secret: hush-2, timeout: 50s, retry: [5s, 120s]}',
          '',
        ].join('\n'),
      },
      [postgresSink, webhookSink],
    )
    const shown = describeConfig(await load())
    expect(JSON.stringify(shown)).not.toContain('hush')
    const rows = Object.fromEntries(shown.options.map(({ path, value }) => [path, value]))
    expect(rows).toMatchObject({
      'sinks.tables.key': 'film_id',
      'sinks.tables.types': 'job.done, job.cancelled',
      'sinks.app.timeout': '50s',
      'sinks.app.retry': '5s, 2m',
    })
  })

  it('says how to add a source where there is none', async () => {
    const { load } = await createWorkplace()
    expect(renderConfig(describeConfig(await load()))).toContain('Add one under `sources:`')
  })
})

describe('the fingerprint', () => {
  it('is the same for the same meaning, whatever the order and whoever runs it', async () => {
    const one = await (
      await createWorkplace({ 'becket.yaml': 'logLevel: info\nworker: {slots: 3, maxRetries: 2}\n' })
    ).load()
    const other = await (
      await createWorkplace({ 'becket.yaml': 'worker: {maxRetries: 2, slots: 3}\nroles: [api]\n' })
    ).load()
    expect(fingerprintConfig(one.config, 'test-key')).toBe(fingerprintConfig(other.config, 'test-key'))
  })

  it('differs by key, and by what matters', async () => {
    const { load } = await createWorkplace()
    const { config } = await load()
    const print = fingerprintConfig(config, 'test-key')
    expect(print).toMatch(/^[0-9a-f]{16}$/)
    expect(fingerprintConfig(config, 'other-key')).not.toBe(print)
    expect(fingerprintConfig((await load({ ENABLE_JOB_POLLING: 'no' })).config, 'test-key')).not.toBe(print)
    expect(fingerprintConfig((await load({ BECKET_API_KEY: 'test-key' })).config, 'test-key')).not.toBe(print)
  })
})
