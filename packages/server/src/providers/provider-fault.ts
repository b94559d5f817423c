/** Tells what is wrong with what a module says is a provider, before anything relies on it. Calls nothing but its schema. */
import { suggest } from '../core/suggest.ts'
import { isRecord } from './json-body.ts'
import type { Provider, ProviderSource } from './provider.ts'

type Need = 'required' | 'optional'
type Members<Of> = Record<keyof Of, Need> & Record<string, Need>

const membersOfProvider: Members<Provider> = {
  name: 'required',
  options: 'required',
  operations: 'required',
  create: 'required',
  adapter: 'optional',
  rate: 'optional',
  baseUrl: 'optional',
  origins: 'optional',
  credentials: 'optional',
  verify: 'optional',
  sample: 'optional',
}

// What is no function of a provider.
const facts: ReadonlySet<string> = new Set(['name', 'options', 'operations', 'adapter', 'rate'])

const membersOfSource: Members<ProviderSource> = {
  read: 'required',
  submit: 'optional',
  eventId: 'optional',
  find: 'optional',
  check: 'optional',
  list: 'optional',
  artifact: 'optional',
  artifactBefore: 'optional',
  collect: 'optional',
  ping: 'optional',
}

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
// Nobody has an option of this name.
const PROBE = 'becket-asks-whether-unknown-options-are-refused'

/** Null for a provider. */
export function faultOfProvider(value: unknown): string | null {
  if (!isRecord(value)) return 'it is no object; a provider has `name`, `options`, `operations` and `create`'
  const { name, options, operations, adapter } = value
  return (
    faultOfMembers(value, membersOfProvider) ??
    (typeof name === 'string' && NAME.test(name) ? null : '`name` must be lower-case letters, digits and -') ??
    (adapter === undefined || isVersion(adapter) ? null : '`adapter` must be a whole number from 1') ??
    faultOfOptions(options) ??
    faultOfOperations(operations) ??
    faultOfMethods(value)
  )
}

/** Null for what `create` may give. */
export function faultOfSource(value: unknown): string | null {
  if (!isRecord(value)) return '`create` gives no object; it must give one with `read` at least'
  return faultOfMembers(value, membersOfSource) ?? faultOfMethods(value)
}

function faultOfMembers(value: Record<string, unknown>, members: Record<string, Need>): string | null {
  const known = Object.keys(members)
  const missing = known.filter((name) => members[name] === 'required' && value[name] === undefined)
  if (missing.length > 0) return `\`${missing.join('`, `')}\` ${missing.length > 1 ? 'are' : 'is'} missing`
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown === undefined) return null
  const meant = suggest(unknown, known)
  return `nobody calls \`${unknown}\`${meant === undefined ? `; known: ${known.join(', ')}` : `, did you mean \`${meant}\`?`}`
}

/** Strict, so that a misspelt option is told to whoever wrote it. */
function faultOfOptions(options: unknown): string | null {
  if (!isRecord(options) || typeof options.safeParse !== 'function') {
    return '`options` must be a schema: `z.strictObject({…})`, with the `z` that the module is given'
  }
  const judged: unknown = options.safeParse({ [PROBE]: 1 })
  const refusal = JSON.stringify(isRecord(judged) && judged.success === false ? judged.error : null) ?? ''
  return refusal.includes(PROBE)
    ? null
    : '`options` takes options that it does not know; make it a `z.strictObject({…})`'
}

function faultOfOperations(operations: unknown): string | null {
  if (!isRecord(operations) || Object.keys(operations).length === 0) {
    return "`operations` must name at least one operation, or '*' for any"
  }
  for (const [name, operation] of Object.entries(operations)) {
    const { expectWithinMs, deadlineMs, resubmit } = isRecord(operation) ? operation : {}
    if (!isMs(expectWithinMs) || !isMs(deadlineMs) || expectWithinMs >= deadlineMs) {
      return `\`operations.${name}\` must say \`expectWithinMs\` and a longer \`deadlineMs\`, in whole milliseconds`
    }
    if (resubmit !== 'safe' && resubmit !== 'ask' && resubmit !== 'never') {
      return `\`operations.${name}.resubmit\` must be safe, ask or never`
    }
  }
  return null
}

function faultOfMethods(value: Record<string, unknown>): string | null {
  const wrong = Object.keys(value).find(
    (name) => !facts.has(name) && value[name] !== undefined && typeof value[name] !== 'function',
  )
  return wrong === undefined ? null : `\`${wrong}\` must be a function`
}

const isMs = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

const isVersion = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1
