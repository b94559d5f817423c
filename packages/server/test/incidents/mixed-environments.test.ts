/** Incidents of environments that were mixed up: what belongs to one of them, found in another. */
import { randomBytes } from 'node:crypto'
import { describe, it } from 'vitest'
import { examine } from '../../src/core/doctor/examine.ts'
import { readRenderBlueprint } from '../../src/doctor/environments/render-blueprint.ts'
import { findingsOf, type Given, lookOf, manifestOf } from '../doctor/looking.ts'
import { api, examined, expectSaid, keyOf, manifest, pooled, projectUrl, type Said, worker } from './environments.ts'

describe('environments that are mixed up', () => {
  it.each<[string, Given[], Said[]]>([
    [
      'A-029: variables of development on a service of staging are told by their project',
      [api('staging', { DATABASE_URL: pooled('development'), SUPABASE_URL: projectUrl('development') })],
      [
        ['ENV10', 'DATABASE_URL', /belongs to the project of development .* this is staging/, /the address of staging/],
        ['ENV10', 'SUPABASE_URL', /belongs to the project of development/, /the address of staging/],
      ],
    ],
    [
      'A-029: a database of another project than the API is told by both projects',
      [api('staging', { DATABASE_URL: pooled('development') })],
      [['DB03', 'DATABASE_URL', /is of the project d+ .*, SUPABASE_URL of s+/, /from the same project/]],
    ],
    [
      'B-012: a process of production that calls itself development is told, whatever address it then takes',
      [worker('production', { ENVIRONMENT: 'development', WEBHOOK_BASE_URL: 'http://localhost:8000' })],
      [
        ['ENV10', 'ENVIRONMENT', /says development .*; this is production/, /to production/],
        ['HK01', 'WEBHOOK_BASE_URL', /this machine's own address/, /public https address/],
      ],
    ],
    [
      'B-013: a database on the machine itself is told wherever it is deployed',
      [api('staging', { DATABASE_URL: 'postgresql://postgres:pw@127.0.0.1:54322/postgres' })],
      [['ENV10', 'DATABASE_URL', /is an address of the machine itself .*; this is staging/, /the address of staging/]],
    ],
    [
      'C-009A: files that a developer would write into production are told by the project of their address',
      [api('development', { SUPABASE_URL: projectUrl('production') })],
      [['ENV10', 'SUPABASE_URL', /belongs to the project of production .* this is development/, /of development/]],
    ],
  ])('%s', (_name, given, said) => {
    expectSaid(examined(...given), said)
  })

  it('A-033: a frontend with the address and the key of staging is told by both', () => {
    const frontend = manifestOf(`
services:
  web: { variables: { PUBLIC_SUPABASE_URL: { format: https-url }, PUBLIC_SUPABASE_ANON_KEY: { format: { jwt: anon } } } }
`)
    const whole = { ...frontend, environments: manifest.environments }
    const of = (url: string, key: string) =>
      findingsOf(whole, {
        environment: 'production',
        variables: { PUBLIC_SUPABASE_URL: url, PUBLIC_SUPABASE_ANON_KEY: key },
      })
    expectSaid(of(projectUrl('staging'), keyOf('anon', 'staging')), [
      ['ENV10', 'PUBLIC_SUPABASE_URL', /belongs to the project of staging/, /the address of production/],
    ])
    expectSaid(of(projectUrl('production'), keyOf('anon', 'staging')), [
      ['KEY02', 'PUBLIC_SUPABASE_ANON_KEY', /another project than the one that PUBLIC_SUPABASE_URL names/, /anon key/],
    ])
  })

  it('A-036: a value written into the file of the deployment is told with its line', () => {
    const { found } = readRenderBlueprint(
      [
        'services:',
        '  - name: worker',
        '    envVars:',
        '      - { key: SUPABASE_URL, value: "https://ssssssssssssssssssss.supabase.co" }',
      ].join('\n'),
      'render.yaml',
    )
    const look = lookOf(manifest, worker('production'))
    const settings = new Map([...look.environment.settings, ...(found[0]?.settings ?? [])])
    const { findings } = examine(
      manifest,
      [{ ...look, environment: { ...look.environment, settings } }],
      randomBytes(32),
    )
    expectSaid(findings, [
      ['ENV10', 'SUPABASE_URL', /belongs to the project of staging \(render\.yaml:4\)/, /the address of production/],
    ])
  })
})
