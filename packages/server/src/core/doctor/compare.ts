/**
 * Lays environments beside each other, by marks alone: it never sees a value, so it may compare what running services
 * report. The first environment is the one that is known to work.
 */
import { isSameThing, type Mark } from './fingerprint.ts'
import { type Manifest, ruleOf, type ServiceManifest, type VariableRule } from './manifest.ts'
import { meantName } from './meant-name.ts'

export interface MarkedService {
  service: string
  marks: ReadonlyMap<string, Mark>
  /** Names that are set and have no rule. */
  strangers: readonly string[]
}

export interface MarkedEnvironment {
  environment: string
  services: readonly MarkedService[]
}

export type Verdict =
  | 'same'
  | 'different'
  /** Set in the first environment, absent in another. */
  | 'missing'
  /** The other way round. */
  | 'extra'
  /** One secret, or one database, for two environments. */
  | 'shared'
  /** Services of one environment have two values where one is meant. */
  | 'disagrees'
  /** Set, and read by nobody. */
  | 'unread'
  /** Set, read by nobody, and nearly the name of something that is read and not set. */
  | 'near-miss'
  /** Read, and set nowhere. */
  | 'unset'
  | 'unknown'

export interface ComparisonRow {
  service: string
  variable: string
  /** One for each environment, in their order. */
  cells: readonly ('set' | 'absent' | 'unknown')[]
  verdict: Verdict
  /** The environments, or the services, that the verdict is about. */
  between: readonly string[]
  /** Near miss: what is meant. */
  meant: string | null
}

export interface Comparison {
  environments: readonly string[]
  rows: readonly ComparisonRow[]
}

export function compareEnvironments(manifest: Manifest, sides: readonly MarkedEnvironment[]): Comparison {
  return {
    environments: sides.map(({ environment }) => environment),
    rows: manifest.services.flatMap((service) => {
      const isGiven = sides.some(({ services }) => services.some((each) => each.service === service.name))
      return isGiven ? [...variableRows(service, sides), ...strangerRows(service, sides)] : []
    }),
  }
}

function variableRows(service: ServiceManifest, sides: readonly MarkedEnvironment[]): ComparisonRow[] {
  return service.variables.map((rule) => {
    const marks = sides.map((side) => markIn(side, service.name, rule.name))
    const cells = marks.map(({ kind }) => kind)
    const judged = judge({ rule, service: service.name, sides, marks })
    return { service: service.name, variable: rule.name, cells, meant: null, ...judged }
  })
}

interface Judged {
  rule: VariableRule
  service: string
  sides: readonly MarkedEnvironment[]
  marks: readonly Mark[]
}

function judge({ rule, service, sides, marks }: Judged): Pick<ComparisonRow, 'verdict' | 'between'> {
  const named = (wanted: (mark: Mark) => boolean) =>
    sides.flatMap(({ environment }, index) => (wanted(marks[index] ?? { kind: 'absent' }) ? [environment] : []))
  const [first = { kind: 'absent' as const }, ...others] = marks
  const absent = named((mark) => mark.kind === 'absent' && !isDefaultOf(mark, first)).filter(
    (each) => !rule.waivedIn.includes(each),
  )
  if (rule.mustDiffer) {
    const shared = sharing(sides, marks)
    if (shared.length > 0) return { verdict: 'shared', between: shared }
  }
  if (rule.mustEqual) {
    const disagreeing = disagreements(rule.name, service, sides)
    if (disagreeing.length > 0) return { verdict: 'disagrees', between: disagreeing }
  }
  if (isThere(first) && absent.length > 0) return { verdict: 'missing', between: absent }
  if (marks.some(({ kind }) => kind === 'unknown')) {
    return { verdict: 'unknown', between: named(({ kind }) => kind === 'unknown') }
  }
  if (marks.every(({ kind }) => kind === 'absent')) return { verdict: 'unset', between: [] }
  if (first.kind === 'absent') return { verdict: 'extra', between: named(({ kind }) => kind === 'set') }
  const isSame = others.every(
    (other) => isSameThing(first, isDefaultOf(other, first) ? effective(other) : other) !== false,
  )
  return { verdict: isSame ? 'same' : 'different', between: [] }
}

function isThere(mark: Mark): boolean {
  return mark.kind === 'set' || (mark.kind === 'unknown' && mark.isSet === true)
}

/** Nobody set it, and it runs with what the other was set to. */
function isDefaultOf(mark: Mark, other: Mark): boolean {
  return mark.kind === 'absent' && other.kind === 'set' && mark.byDefault === other.value
}

/** The first two environments that have the same thing. */
function sharing(sides: readonly MarkedEnvironment[], marks: readonly Mark[]): string[] {
  for (const [index, mark] of marks.entries()) {
    if (mark.kind !== 'set') continue
    const twin = marks.findIndex((other, at) => at > index && other.kind === 'set' && isSameThing(mark, other) === true)
    const [one, other] = [sides[index], sides[twin]]
    if (one !== undefined && other !== undefined) return [one.environment, other.environment]
  }
  return []
}

/** The services of one environment whose value is another one than that of `service`, with that environment in front. */
function disagreements(variable: string, service: string, sides: readonly MarkedEnvironment[]): string[] {
  for (const side of sides) {
    const own = effective(markIn(side, service, variable))
    if (own.kind !== 'set') continue
    const others = side.services.filter((each) => {
      const mark = effective(each.marks.get(variable) ?? { kind: 'absent' })
      return each.service !== service && mark.kind === 'set' && isSameThing(own, mark) === false
    })
    if (others.length > 0) return [side.environment, service, ...others.map((each) => each.service)]
  }
  return []
}

/** One service that was set and one that goes by its default run with two values as well. */
function effective(mark: Mark): Mark {
  if (mark.kind !== 'absent' || mark.byDefault === undefined) return mark
  return { kind: 'set', value: mark.byDefault, identity: null }
}

/** Of a service that nobody gave, nothing is known. */
function markIn({ services }: MarkedEnvironment, service: string, variable: string): Mark {
  const given = services.find((each) => each.service === service)
  return given === undefined ? { kind: 'unknown' } : (given.marks.get(variable) ?? { kind: 'absent' })
}

function strangerRows(service: ServiceManifest, sides: readonly MarkedEnvironment[]): ComparisonRow[] {
  const strangersIn = (side: MarkedEnvironment) =>
    side.services.find((each) => each.service === service.name)?.strangers ?? []
  const names = [...new Set(sides.flatMap(strangersIn))].filter((name) => ruleOf(service, name) === undefined).sort()
  return names.map((variable) => {
    const having = sides.filter((side) => strangersIn(side).includes(variable))
    const unset = service.variables
      .filter(({ name }) => having.some((side) => markIn(side, service.name, name).kind === 'absent'))
      .map(({ name }) => name)
    const meant = Object.hasOwn(service.unread, variable) ? null : meantName(variable, unset)
    return {
      service: service.name,
      variable,
      cells: sides.map((side) => (having.includes(side) ? 'set' : 'absent')),
      verdict: meant === null ? 'unread' : 'near-miss',
      between: having.map(({ environment }) => environment),
      meant,
    }
  })
}
