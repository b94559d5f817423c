/** Environments that are well, as those of the first users should have been: each incident changes what was wrong in it. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Finding } from '../../src/core/doctor/finding.ts'
import type { Manifest } from '../../src/core/doctor/manifest.ts'
import { findingsOf, type Given, manifestOf, POOLER, tokenOf } from '../doctor/looking.ts'

const example = new URL('../../../../examples/manifests/first-users.yaml', import.meta.url)

export const projects = {
  development: 'dddddddddddddddddddd',
  staging: 'ssssssssssssssssssss',
  production: 'pppppppppppppppppppp',
}
type Environment = keyof typeof projects

/** The example, filled in as its comments say. */
export const manifest: Manifest = {
  ...manifestOf(readFileSync(example, 'utf8')),
  environments: Object.fromEntries(
    Object.entries(projects).map(([name, project]) => [name, { projects: [project], hosts: [hostOf(name)] }]),
  ),
}

/** A name that says nothing of its environment. */
function hostOf(environment: string): string {
  return `acme-${environment.length}.onrender.com`
}

export const callbackAddress = (environment: Environment) => `https://${hostOf(environment)}`
export const pooled = (environment: Environment, port = 5432) =>
  `postgresql://postgres.${projects[environment]}:pw@${POOLER}:${port}/postgres?sslmode=verify-full`
export const direct = (environment: Environment, port = 5432) =>
  `postgresql://postgres:pw@db.${projects[environment]}.supabase.co:${port}/postgres?sslmode=verify-full`
export const projectUrl = (environment: Environment) => `https://${projects[environment]}.supabase.co`
export const keyOf = (role: string, environment: Environment) => tokenOf({ role, ref: projects[environment] })

/** A value of undefined takes the variable out. */
export type Changes = Record<string, string | undefined>

function common(environment: Environment): Changes {
  return {
    ENVIRONMENT: environment,
    DATABASE_URL: pooled(environment),
    SUPABASE_URL: projectUrl(environment),
    SUPABASE_ANON_KEY: keyOf('anon', environment),
    SUPABASE_SERVICE_ROLE_KEY: keyOf('service_role', environment),
    DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, environment).toString('base64'),
  }
}

export function api(environment: Environment, changes: Changes = {}): Given {
  const own = {
    PORT: '8000',
    JWT_SECRET_KEY: `of the api in ${environment}`,
    ANTHROPIC_API_KEY: `of the chat in ${environment}`,
    API_BASE_URL: callbackAddress(environment),
  }
  return { service: 'api', environment, variables: withChanges({ ...common(environment), ...own }, changes) }
}

export function worker(environment: Environment, changes: Changes = {}): Given {
  const own = {
    // Put together here, so that nothing in this file looks like a key.
    LLAMAPARSE_API_KEY: ['llx', environment].join('-'),
    OPENAI_API_KEY: `of the embedding in ${environment}`,
    WEBHOOK_BASE_URL: callbackAddress(environment),
    ENABLE_WEBHOOK_MONITORING: 'true',
    ALERT_EMAIL: 'ops@acme.dev',
  }
  return { service: 'worker', environment, variables: withChanges({ ...common(environment), ...own }, changes) }
}

function withChanges(variables: Changes, changes: Changes): Record<string, string> {
  const all = Object.entries({ ...variables, ...changes })
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** What must be said: by which check, of what, the cause, and what to do about it. */
export type Said = readonly [check: string, subject: string, cause: RegExp, remedy: RegExp]

export function expectSaid(findings: readonly Finding[], said: readonly Said[]): void {
  for (const [check, subject, cause, remedy] of said) {
    const open = findings.filter((each) => each.check === check && each.status !== 'pass' && each.isUnasked !== true)
    expect(open.map(({ subject: of }) => of)).toContain(subject)
    expect(open.find((each) => each.subject === subject)).toMatchObject({
      evidence: expect.stringMatching(cause),
      remedy: expect.stringMatching(remedy),
    })
  }
}

export function examined(...given: Given[]): Finding[] {
  return findingsOf(manifest, ...given)
}

/** What is wrong, or in doubt, as `CHECK subject`; worst first. */
export function openOnes(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ status, isUnasked }) => status !== 'pass' && isUnasked !== true)
    .map(({ check, subject }) => `${check} ${subject}`)
}
