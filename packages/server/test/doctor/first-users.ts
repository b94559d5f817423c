/** The environments of the first users, as their checklist had them: staging, which was mended, and production, which was not. */
import { POOLER, OTHER_REF as PRODUCTION, REF as STAGING, tokenOf } from './looking.ts'

const projects = { staging: STAGING, production: PRODUCTION }
type Environment = keyof typeof projects

export type Variables = Record<string, string>

export function common(environment: Environment): Variables {
  const project = projects[environment]
  return {
    ENVIRONMENT: environment,
    DATABASE_URL: `postgresql://postgres.${project}:canary${environment}@${POOLER}:5432/postgres?sslmode=verify-full`,
    SUPABASE_URL: `https://${project}.supabase.co`,
    SUPABASE_ANON_KEY: tokenOf({ role: 'anon', ref: project }),
    SUPABASE_SERVICE_ROLE_KEY: tokenOf({ role: 'service_role', ref: project }),
    DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, environment).toString('base64'),
  }
}

export function api(environment: Environment): Variables {
  return {
    ...common(environment),
    PORT: '8000',
    JWT_SECRET_KEY: `canary-jwt-${environment}`,
    ANTHROPIC_API_KEY: `canary-chat-${environment}`,
    API_BASE_URL: `https://acme-${environment}.onrender.com`,
  }
}

export function worker(environment: Environment): Variables {
  return {
    ...common(environment),
    // Put together here, so that nothing in this file looks like a key.
    LLAMAPARSE_API_KEY: ['llx', `canary-${environment}`].join('-'),
    OPENAI_API_KEY: `canary-openai-${environment}`,
    WEBHOOK_BASE_URL: `https://acme-${environment}.onrender.com`,
    ENABLE_WEBHOOK_MONITORING: 'true',
    ALERT_EMAIL: 'ops@acme.dev',
  }
}

/** Of their production worker: variables missing, one under a name that nobody reads, and the direct database URL. */
export function broken(): Variables {
  const { SUPABASE_SERVICE_ROLE_KEY, DOCUMENT_ENCRYPTION_KEY, LLAMAPARSE_API_KEY, WEBHOOK_BASE_URL, ...rest } =
    worker('production')
  return {
    ...rest,
    ENVIRONMENT: 'development',
    DATABASE_URL: `postgresql://postgres:canaryproduction@db.${PRODUCTION}.supabase.co:5432/postgres?sslmode=verify-full`,
    LLAMAPARSE_API_URL: 'https://api.cloud.llamaindex.ai',
    ASYNCPG_DISABLE_PREPARED_STATEMENTS: '1',
  }
}

export function written(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
