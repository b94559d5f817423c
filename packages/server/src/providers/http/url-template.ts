/**
 * URLs with placeholders in them, `{externalId}` and the like. Fills in values so that none changes the host or the path's
 * shape. Which placeholders there are is the caller's to say.
 */
import { suggest } from '../../core/suggest.ts'
import { pathSegment } from '../path-segment.ts'
import type { Expected } from '../provider.ts'

const namesOfExpected = ['externalId', 'key', 'operation', 'id'] as const

const PLACEHOLDER = /\{([^{}]*)\}/g
// A path below `baseUrl`, or a whole address whose host is written out.
const SHAPE = /^(\/(?!\/)|https?:\/\/[^/?#{}\s]+(\/|$))/i

/** What was expected of a template that cannot be used, in words that follow "expected"; null when it can. */
export function faultOfTemplate(
  template: string,
  faultOf: (name: string) => string | null = faultOfName(namesOfExpected),
): string | null {
  if (!SHAPE.test(template)) return 'a path that begins with /, or a whole URL with its host written out'
  for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
    const fault = faultOf(name)
    if (fault !== null) return fault
  }
  return /[{}]/.test(template.replace(PLACEHOLDER, '')) ? 'a partner for each brace' : null
}

/** Judges one name by those that there are. */
export function faultOfName(names: readonly string[]): (name: string) => string | null {
  return (name) => {
    if (names.includes(name)) return null
    const meant = suggest(name, names)
    return `${meant === undefined ? names.map((known) => `{${known}}`).join(', ') : `{${meant}}`} in place of {${name}}`
  }
}

/** The origin that a template leads to; null for a path. */
export function originOfTemplate(template: string): string | null {
  const url = template.replace(PLACEHOLDER, 'x')
  return !template.startsWith('/') && URL.canParse(url) ? new URL(url).origin : null
}

export type Filled = { kind: 'url'; url: string } | { kind: 'lacking'; reason: string }

export function fillTemplate(template: string, expected: Expected): Filled {
  const values: Record<string, string | null> = {
    externalId: expected.externalId,
    key: expected.key,
    operation: expected.operation,
    id: expected.id,
  }
  return fillUrl(template, (name) => values[name] ?? null)
}

/** Null for a value that there is not. */
export function fillUrl(template: string, lookUp: (name: string) => string | null): Filled {
  let reason: string | null = null
  const url = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = lookUp(name)
    const segment = value === null ? null : pathSegment(value)
    if (segment === null) reason ??= `{${name}} is ${value === null ? 'not known yet' : 'nothing that a URL can hold'}`
    return segment ?? ''
  })
  return reason === null ? { kind: 'url', url } : { kind: 'lacking', reason }
}
