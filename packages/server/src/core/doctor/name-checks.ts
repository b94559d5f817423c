/** ENV05 and ENV06: names that are set, and read by nobody or under another name. */
import { conclude, notAsked, placeOf, type Remark } from './conclusion.ts'
import type { Finding } from './finding.ts'
import { namesOfRule, ruleOf } from './manifest.ts'
import { meantName } from './meant-name.ts'
import { type Look, tidy, unsetNames } from './service-environment.ts'

const AMONG_OTHERS = "Not asked here: a process has its shell's names among its own; give the files to ask."

export function checkNames(look: Look): Finding[] {
  const near = nearMisses(look)
  const nearNames = new Set(near.map(({ subject }) => subject))
  // A process has the names of its shell and its system: what is strange there is no mistake.
  const unread = look.environment.isWhole
    ? strangersOf(look)
        .filter(({ name }) => !nearNames.has(name))
        .map((stranger) => unreadRemark(look, stranger))
    : []
  return [
    ...(look.environment.isWhole
      ? conclude(look, 'ENV05', { remarks: unread })
      : [notAsked(look, 'ENV05', AMONG_OTHERS)]),
    ...conclude(look, 'ENV06', { remarks: [...near, ...doubles(look)] }),
  ]
}

interface Stranger {
  name: string
  origin: string
}

function strangersOf({ service, environment }: Look): Stranger[] {
  return [...environment.settings]
    .filter(([name]) => ruleOf(service, name) === undefined)
    .map(([name, { origin }]) => ({ name, origin }))
}

function unreadRemark(look: Look, { name, origin }: Stranger): Remark {
  const others = look.manifest.services.filter((service) => ruleOf(service, name) !== undefined)
  const reason = Object.hasOwn(look.service.unread, name) ? look.service.unread[name] : undefined
  const readers = others.map((service) => service.name).join(' and ')
  const why = reason ?? (readers === '' ? 'no service reads it' : `only ${readers} reads it`)
  return {
    subject: name,
    evidence: `${name} is set (${origin}): ${why}.`,
    remedy: `Remove ${name} from ${placeOf(look)}.`,
  }
}

/** A stranger that is nearly the name of something that is not set: the same fault from its other side is ENV01. */
function nearMisses(look: Look): Remark[] {
  const unset = unsetNames(look)
  return strangersOf(look).flatMap(({ name, origin }): Remark[] => {
    const meant = meantName(name, unset)
    // Too short to be told apart, or well known under this very name.
    if (meant === null || name.length < 5 || Object.hasOwn(look.service.unread, name)) return []
    if (!look.environment.isWhole && !sharesBeginning(name, meant)) return []
    return [
      {
        subject: name,
        evidence: `${name} is set (${origin}), and nobody reads it; ${meant} is read, and is not set.`,
        remedy: `Rename ${name} to ${meant} on ${placeOf(look)}.`,
      },
    ]
  })
}

/** Among the hundred names of a process, only one that also begins alike is meant. */
function sharesBeginning(one: string, other: string): boolean {
  return one.slice(0, 4).toLowerCase() === other.slice(0, 4).toLowerCase()
}

/** One thing under two names with two values: which of them wins is known to the code alone. */
function doubles(look: Look): Remark[] {
  return look.service.variables.flatMap((rule): Remark[] => {
    const set = namesOfRule(rule).flatMap((name) => {
      const setting = look.environment.settings.get(name)
      return setting?.kind === 'set' && tidy(setting.value) !== '' ? [{ name, ...setting }] : []
    })
    const [first, ...rest] = set
    if (first === undefined) return []
    return rest
      .filter(({ value }) => tidy(value) !== tidy(first.value))
      .map(({ name, origin }) => ({
        subject: name,
        severity: 'error' as const,
        evidence: `${first.name} (${first.origin}) and ${name} (${origin}) mean the same, and differ; ${first.name} is read.`,
        remedy: `Keep ${first.name} on ${placeOf(look)} with the right value, and remove ${name}.`,
      }))
  })
}
