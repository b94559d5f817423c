/**
 * What can be compared of installations that run: the options that their processes tell, by the names that they tell them
 * by. A source or a sink that only some have is one thing, not each of its options.
 */
import type { InstanceSettings } from '@becket/client/contract'
import { ownSettings } from '../config/settings.ts'
import type { MarkedEnvironment } from '../core/doctor/compare.ts'
import { type Manifest, namesOfRule, type VariableRule } from '../core/doctor/manifest.ts'
import { isSecretName } from '../core/secret-name.ts'
import { ownManifest } from './own-manifest.ts'

type Installation = readonly InstanceSettings[]

export interface RunningManifest {
  manifest: Manifest
  /** Sources and sinks that only some have: `sources.llamaparse`. */
  partial: readonly string[]
}

/** `environments`: the names of all that are compared. `hasFiles`: some of them are files, which name no source as a whole. */
export function runningManifest(
  installations: readonly Installation[],
  environments: readonly string[],
  hasFiles: boolean,
): RunningManifest {
  const told = new Set(installations.flatMap((each) => [...namesOf(each)]))
  const options = [...told].filter((name) => placeOf(name) !== null)
  const places = [...new Set(options.map((name) => placeOf(name) ?? name))]
  const partial = hasFiles ? [] : places.filter((place) => !installations.every((each) => hasPlace(each, place)))
  const isWhole = (name: string) => partial.includes(placeOf(name) ?? name)
  const more = hasFiles ? [] : [...partial, ...options.filter((name) => !isWhole(name))]
  const own = ownManifest()
  const services = own.services.map((service) => ({
    ...service,
    variables: onceEach([
      ...service.variables.flatMap((rule) => {
        const named = asTold(rule, told)
        if (named === null || isWhole(named.name)) return []
        // Where each process may have its own, none is missing.
        return [ownSettings.has(rule.usedBy ?? '') ? { ...named, waivedIn: environments } : named]
      }),
      ...more.map(ruleFor),
    ]),
  }))
  return { manifest: { ...own, services }, partial }
}

/** With a mark for each of these places that it has. */
export function withPlaces(environment: MarkedEnvironment, places: readonly string[]): MarkedEnvironment {
  const services = environment.services.map((service) => {
    const names = [...service.marks.keys()]
    const there = places.filter((place) => names.some((name) => placeOf(name) === place))
    const whole = { kind: 'set' as const, value: '', identity: null }
    return { ...service, marks: new Map([...service.marks, ...there.map((place) => [place, whole] as const)]) }
  })
  return { ...environment, services }
}

function namesOf(installation: Installation): Set<string> {
  return new Set(installation.flatMap(({ settings }) => settings.map(({ name, variable }) => variable ?? name)))
}

function hasPlace(installation: Installation, place: string): boolean {
  return [...namesOf(installation)].some((name) => placeOf(name) === place)
}

/** `sources.llamaparse` of `sources.llamaparse.apiKey`. */
function placeOf(name: string): string | null {
  return /^(?:sources|sinks)\.[^.]+(?=\.)/.exec(name)?.[0] ?? null
}

/**
 * By the name that a process tells: `LLAMAPARSE_API_KEY` of a file is its `sources.llamaparse.apiKey`. Null: no process
 * tells of it, so it is left out rather than called missing.
 */
function asTold(rule: VariableRule, told: ReadonlySet<string>): VariableRule | null {
  if (told.has(rule.name)) return rule
  const { usedBy } = rule
  if (usedBy === null || !told.has(usedBy) || placeOf(usedBy) === null) return null
  return { ...rule, name: usedBy, aliases: namesOfRule(rule) }
}

/** Two names of one option are one rule here. */
function onceEach(rules: readonly VariableRule[]): VariableRule[] {
  return rules.filter(({ name }, index) => rules.findIndex((each) => each.name === name) === index)
}

function ruleFor(name: string): VariableRule {
  const secret = placeOf(name) !== null && isSecretName(name.split('.').at(-1) ?? '')
  return {
    name,
    aliases: [],
    format: { kind: 'text' },
    secret,
    need: 'optional',
    capability: null,
    default: null,
    mustDiffer: secret,
    mustEqual: true,
    usedBy: name,
    provider: null,
    means: null,
    inProduction: null,
    waivedIn: [],
  }
}
