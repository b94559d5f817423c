/** A configured JSON body with placeholders in its texts. Judges it once, fills it in for each request. Pure. */
import { isRecord } from '../json-body.ts'
import type { SubmitRequest } from '../provider.ts'
import { type FilledValue, faultOfPlaceholder, faultOfText, fillText, mentions } from './placeholder.ts'

export interface BodyFault {
  path: (string | number)[]
  /** Follows "expected". */
  message: string
}

export function faultsOfBody(body: unknown, path: (string | number)[] = []): BodyFault[] {
  if (typeof body === 'string') {
    const message = faultOfText(body)
    return message === null ? [] : [{ path, message }]
  }
  if (Array.isArray(body)) return body.flatMap((item, index) => faultsOfBody(item, [...path, index]))
  if (!isRecord(body)) return []
  const [[name, value] = ['', null], ...others] = Object.entries(body)
  // In YAML, braces without quotes are a map: `{clientId}` reads as the key clientId without a value.
  if (others.length === 0 && value === undefined && faultOfPlaceholder(name) === null) {
    return [{ path, message: `quotes around it: '{${name}}'` }]
  }
  return Object.entries(body).flatMap(([key, inner]) => faultsOfBody(inner, [...path, key]))
}

export function bodyMentions(body: unknown, name: Parameters<typeof mentions>[1]): boolean {
  if (typeof body === 'string') return mentions(body, name)
  if (typeof body !== 'object' || body === null) return false
  return Object.values(body).some((inner) => bodyMentions(inner, name))
}

/** What is left out of a list or a map leaves no null behind. */
export function fillBody(body: unknown, request: SubmitRequest): FilledValue {
  if (typeof body === 'string') return fillText(body, request)
  if (typeof body !== 'object' || body === null) return { kind: 'value', value: body }
  const filled: [string, unknown][] = []
  for (const [key, inner] of Object.entries(body)) {
    const made = fillBody(inner, request)
    if (made.kind === 'lacking') return made
    if (made.value !== undefined) filled.push([key, made.value])
  }
  return { kind: 'value', value: Array.isArray(body) ? filled.map(([, value]) => value) : Object.fromEntries(filled) }
}
