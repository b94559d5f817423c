/** Options of providers and kinds of sinks whose notes say that they are secret, under names that say nothing. */
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { describeConfig, renderConfig } from '../../src/config/print.ts'
import { ConfigurationError } from '../../src/config/problem.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { createDirectory } from '../doctor/directory.ts'

async function load(text: string) {
  const cwd = await createDirectory({ 'becket.yaml': text })
  return loadConfig({ cwd, env: {}, providers, sinkKinds })
}

const well = `
sources:
  orders:
    provider: http
    submit: { url: 'https://orders.acme.app/?to={callbackUrl}', headers: { X-Tenant: canary-of-a-header } }
    read: { externalId: /id, status: /status, succeeded: [done] }
    check: { url: 'https://orders.acme.app/{externalId}?api_key=canary-of-a-query', status: /status, succeeded: [done] }
sinks:
  app: { kind: webhook, url: 'https://hooks.acme.app/in?sig=canary-of-an-address', secret: canary-of-a-secret, headers: { X-Tenant: canary-of-a-header } }
  rows: { kind: postgres, url: 'postgres://db.acme.app/x?user=u&password=canary-of-a-database', table: results }
  heap: { kind: s3, bucket: results, region: eu-central-1, accessKeyId: test-key, secretAccessKey: canary-of-a-bucket }
`

describe('becket config', () => {
  it('hides what the notes of a provider or of a kind call secret, whatever its name', async () => {
    const shown = describeConfig(await load(well))
    expect(`${renderConfig(shown)}${JSON.stringify(shown)}`).not.toContain('canary-of')
    const rows = Object.fromEntries(shown.options.map(({ path, value }) => [path, value]))
    expect(rows).toMatchObject({
      'sinks.app.headers.X-Tenant': '********',
      'sinks.rows.url': '********',
      'sinks.rows.table': expect.stringContaining('results'),
      'sources.orders.submit.headers.X-Tenant': '********',
      'sources.orders.submit.url': 'https://orders.acme.app/?to={callbackUrl}',
    })
  })

  it.each([
    [
      'a database that is none',
      'rows: { kind: postgres, url: canary-of-a-database, table: results }',
      'sinks.rows.url',
    ],
    [
      'a header that is none',
      "app: { kind: webhook, url: 'https://a.acme.app', headers: canary-of-a-header }",
      'headers',
    ],
  ])('refuses %s without repeating it', async (_case, sink, where) => {
    const refused = await load(`sinks:\n  ${sink}\n`).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConfigurationError)
    expect(String(refused)).toContain(where)
    expect(JSON.stringify([String(refused), refused])).not.toContain('canary-of')
  })
})
