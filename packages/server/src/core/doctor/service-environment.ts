/**
 * What one service was given: names and values with where each was written. Values live here only while they are judged;
 * whatever leaves the doctor is a finding or a fingerprint. Reads no files; see `doctor/environments`.
 */
import { type Manifest, namesOfRule, type ServiceManifest, type VariableRule } from './manifest.ts'

export type Setting =
  | { kind: 'set'; value: string; origin: string }
  /** The file says only that somebody else sets it: a dashboard, another variable, a secret. */
  | { kind: 'referenced'; to: string; origin: string }

export interface ServiceEnvironment {
  service: string
  /** As the place where it was found says: `staging`. Null where nothing says it. */
  environment: string | null
  settings: ReadonlyMap<string, Setting>
  /** All of it was written for this service: then a name that nobody reads is a mistake. Not so in a process. */
  isWhole: boolean
}

export type Reading =
  | { kind: 'set'; name: string; value: string; origin: string }
  | { kind: 'referenced'; name: string; to: string; origin: string }
  | { kind: 'absent'; blankAt: string | null }

/** One service with its rules and what it was given: what every check looks at. */
export interface Look {
  manifest: Manifest
  service: ServiceManifest
  environment: ServiceEnvironment
}

/** The first of its names that is set to something; `value` without what was copied along with it. */
export function readVariable({ settings }: ServiceEnvironment, rule: VariableRule): Reading {
  let blankAt: string | null = null
  for (const name of namesOfRule(rule)) {
    const setting = settings.get(name)
    if (setting === undefined) continue
    if (setting.kind === 'referenced') return { ...setting, name }
    const value = tidy(setting.value)
    if (value !== '') return { ...setting, name, value }
    blankAt ??= setting.origin
  }
  return { kind: 'absent', blankAt }
}

// What comes along when a value is copied: blanks of every kind, byte order marks, and quotes around all of it.
const AROUND = /^[\s\u00a0\u200b-\u200d\u2060\ufeff]+|[\s\u00a0\u200b-\u200d\u2060\ufeff]+$/g
const QUOTES = /^(["'`])(.*)\1$|^[\u201c\u2018](.*)[\u201d\u2019]$/s

export function tidy(value: string): string {
  const trimmed = value.replace(AROUND, '')
  const [, , straight, curly] = QUOTES.exec(trimmed) ?? []
  return (straight ?? curly ?? trimmed).replace(AROUND, '')
}

/** Each variable that is set here to a value that can be seen, with its rule. */
export function valuesOf(look: Look): { rule: VariableRule; name: string; value: string; origin: string }[] {
  return look.service.variables.flatMap((rule) => {
    const reading = readVariable(look.environment, rule)
    return reading.kind === 'set' ? [{ ...reading, rule }] : []
  })
}

/** What is read here, and not set. */
export function unsetNames({ service, environment }: Pick<Look, 'service' | 'environment'>): string[] {
  return service.variables.filter((rule) => readVariable(environment, rule).kind === 'absent').map(({ name }) => name)
}

/** What is set here, yet not to be seen from here. */
export function unseenOf(look: Look, concerns: (rule: VariableRule) => boolean = () => true): string[] {
  return look.service.variables.filter(concerns).flatMap((rule) => {
    const reading = readVariable(look.environment, rule)
    return reading.kind === 'referenced' ? [`${reading.name} (${reading.origin}: ${reading.to})`] : []
  })
}

// Whoever writes `prod` means production: short words are those of files and directories.
const WORDS: Readonly<Record<string, string>> = {
  prod: 'production',
  production: 'production',
  live: 'production',
  staging: 'staging',
  stage: 'staging',
  stg: 'staging',
  dev: 'development',
  development: 'development',
  local: 'development',
  test: 'test',
  testing: 'test',
  preview: 'preview',
}

/** The environment that a word names; null where it names none. Never gives back a word that it does not know. */
export function environmentOfWord(word: string): string | null {
  const plain = word.trim().toLowerCase()
  return Object.hasOwn(WORDS, plain) ? (WORDS[plain] ?? null) : null
}

/** What the service says of itself by its variable for it. */
export function saidEnvironment(look: Look): { environment: string; name: string; origin: string } | null {
  for (const rule of look.service.variables) {
    if (rule.means !== 'environment') continue
    const reading = readVariable(look.environment, rule)
    const { name, value, origin } =
      reading.kind === 'absent'
        ? { name: rule.name, value: rule.default, origin: 'its default' }
        : { value: null, ...reading }
    const environment = value === null ? null : environmentOfWord(value)
    if (environment !== null) return { environment, name, origin }
  }
  return null
}

/** By where it was found, else by what it says of itself. */
export function environmentOf(look: Look): string | null {
  const found = look.environment.environment
  return found === null ? (saidEnvironment(look)?.environment ?? null) : (environmentOfWord(found) ?? found)
}
