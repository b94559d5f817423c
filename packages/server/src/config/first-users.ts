/**
 * The variables of the systems that Becket took over from. They are understood beside our own names, which win; what is
 * no longer needed is said, with the reason. Does not decide what an option may hold: the schema does.
 */
import type { Variables } from './dotenv.ts'
import type { Draft, Path } from './draft.ts'
import type { Origin } from './origin.ts'
import { readFlag } from './scalar.ts'

/** A name that is set, and what became of it. */
export interface NameNote {
  name: string
  effect: string
  isUsed: boolean
}

interface Meaning {
  path: Path
  read?: (value: string) => unknown
}

const LEVELS: Record<string, string> = { warning: 'warn', critical: 'fatal', notset: 'trace' }
const logLevel = (value: string) => LEVELS[value.trim().toLowerCase()] ?? value.trim().toLowerCase()

const meanings: Record<string, Meaning> = {
  ENVIRONMENT: { path: ['environment'], read: (value) => value.trim().toLowerCase() },
  LOG_LEVEL: { path: ['logLevel'], read: logLevel },
  WEBHOOK_BASE_URL: { path: ['publicUrl'] },
  OPENAI_MODEL: { path: ['documents', 'embed', 'model'] },
  ENABLE_JOB_POLLING: { path: ['recovery', 'enabled'] },
}

const supabase: Record<string, Meaning> = {
  SUPABASE_URL: { path: ['storage', 'url'] },
  SUPABASE_SERVICE_ROLE_KEY: { path: ['storage', 'serviceKey'] },
}

const unneeded: Record<string, string> = {
  ENABLE_WEBHOOK_MONITORING: 'not needed: every callback is recorded and counted, always',
  ALERT_EMAIL: 'not used yet: this release sends no mail; watch /v1/health',
  SUPABASE_ANON_KEY: 'not needed: the server reads storage with the service role key',
  REDIS_URL: 'not needed: queues and timers are rows in PostgreSQL',
  ASYNCPG_DISABLE_PREPARED_STATEMENTS: 'not needed: statements have names only where no pooler stands between',
  PYTHONUNBUFFERED: 'not needed: nothing here runs Python',
  PYTHONDONTWRITEBYTECODE: 'not needed: nothing here runs Python',
  ANTHROPIC_API_KEY: 'not needed: no pipeline calls that API',
}

/** Every name that is understood, for the reference page. */
export const firstUsersNames = {
  options: { ...meanings, ...supabase },
  unneeded,
}

export function originOfName(variables: Variables, name: string): Origin {
  return { kind: 'env', name, dotenv: variables.isFromDotenv(name), firstUsers: true }
}

export function readFirstUsersNames(variables: Variables, draft: Draft): NameNote[] {
  const notes: NameNote[] = []
  for (const [name, meaning] of Object.entries(meanings)) {
    const value = variables.get(name)
    if (value === undefined) continue
    draft.set(meaning.path, meaning.read?.(value) ?? value, originOfName(variables, name))
    notes.push({ name, effect: `sets ${meaning.path.join('.')}`, isUsed: true })
  }
  // They are set wherever these systems ran; storage changes its place only when somebody says so.
  const isSupabase = (variables.get('BECKET_STORAGE_KIND') ?? draft.get(['storage', 'kind'])) === 'supabase'
  for (const [name, meaning] of Object.entries(supabase)) {
    const value = variables.get(name)
    if (value === undefined) continue
    if (isSupabase) draft.set(meaning.path, value, originOfName(variables, name))
    const effect = isSupabase ? `sets ${meaning.path.join('.')}` : 'used only where storage.kind is supabase'
    notes.push({ name, effect, isUsed: isSupabase })
  }
  for (const [name, effect] of Object.entries(unneeded)) {
    if (variables.get(name) !== undefined) notes.push({ name, effect, isUsed: false })
  }
  for (const name of ['SERVICE_MODE', 'USE_MOCK_STORAGE']) {
    if (variables.get(name) === undefined) continue
    const effect = 'has no effect: nothing is mocked inside the server; `becket demo` runs stand-ins beside it'
    notes.push({ name, effect, isUsed: false })
  }
  return notes
}

/** The names among these two that ask for a mock, which production refuses. */
export function mockNamesSet(variables: Variables): string[] {
  const names: string[] = []
  const mode = variables.get('SERVICE_MODE')
  if (mode !== undefined && !['real', 'production'].includes(mode.trim().toLowerCase())) names.push('SERVICE_MODE')
  const mock = variables.get('USE_MOCK_STORAGE')
  if (mock !== undefined && readFlag(mock) !== false) names.push('USE_MOCK_STORAGE')
  return names
}
