import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { examine } from '../../src/core/doctor/examine.ts'
import { planFor } from '../../src/core/doctor/plan.ts'
import { ownManifest } from '../../src/doctor/own-manifest.ts'
import { lookOf, manifestOf, tokenOf } from './looking.ts'

const manifest = manifestOf(`
services:
  api: &service
    variables:
      ENVIRONMENT: { means: environment }
      DATABASE_URL: { format: postgres-url, secret: true, mustEqual: true }
      SUPABASE_URL: { format: https-url }
      SERVICE_KEY: { format: { jwt: service_role }, secret: true }
      ENCRYPTION_KEY: { format: { key: 32 }, secret: true }
      CALLBACK_URL: { means: callback }
      MODE: { format: { choice: [fast, slow] }, inProduction: [fast] }
      API_KEY: { secret: true, aliases: [API_TOKEN], mustEqual: true }
  worker: *service
`)

// Twelve signs that no message of ours has by chance.
const canary = fc.stringMatching(/^[A-Z0-9]{12}[!@#/?%: "'+&=]{0,3}[A-Z0-9]{4}$/).map((text) => `Zq7${text}`)

const shapes = [
  (secret: string) => secret,
  (secret: string) => `${secret} `,
  (secret: string) => `"${secret}"`,
  (secret: string) => `postgres://${secret}`,
  (secret: string) => `postgres://${secret}:pw@db.acme.app/x`,
  (secret: string) => `postgres://user:${secret}@db.acme.app:6543/x?sslmode=${secret}`,
  (secret: string) => `postgres://user:${encodeURIComponent(secret)}@x.pooler.supabase.com:6543/${secret}`,
  (secret: string) => `https://${secret}.supabase.co`,
  (secret: string) => `http://user:${secret}@localhost/${secret}`,
  (secret: string) => tokenOf({ role: secret, ref: secret }),
  (secret: string) => `your-${secret}`,
]

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    secret.slice(0, 10),
    encodeURIComponent(secret),
    bytes.toString('base64').slice(0, 12),
    bytes.toString('base64url').slice(0, 12),
    bytes.toString('hex').slice(0, 16),
    createHash('sha256').update(bytes).digest('hex').slice(0, 12),
  ].map((form) => form.toLowerCase())
}

it('no value of a variable is in any finding, comparison or plan, whatever its form', () => {
  const names = ['DATABASE_URL', 'SUPABASE_URL', 'SERVICE_KEY', 'ENCRYPTION_KEY', 'CALLBACK_URL', 'MODE', 'API_KEY']
  const settings = fc.record(
    Object.fromEntries(
      [...names, 'ENVIRONMENT', 'API_TOKEN', 'STRANGER', 'BECKET_SLOTS'].map((name) => [
        name,
        fc.constantFrom(...shapes),
      ]),
    ),
  )
  fc.assert(
    fc.property(canary, settings, fc.constantFrom('production', null), (secret, chosen, environment) => {
      const variables = Object.fromEntries(Object.entries(chosen).map(([name, shape]) => [name, shape(secret)]))
      for (const [of, services] of [
        [manifest, ['api', 'worker']],
        [ownManifest(), ['becket']],
      ] as const) {
        const looks = services.flatMap((service) => [
          lookOf(of, { service, variables, environment }),
          lookOf(of, { service, variables, environment: 'staging' }),
        ])
        const examined = examine(of, looks, Buffer.alloc(32, 9))
        const said = JSON.stringify([examined, planFor(examined.findings, null)]).toLowerCase()
        for (const form of formsOf(secret)) expect(said).not.toContain(form)
      }
    }),
    { numRuns: 60 },
  )
})
