/**
 * The placeholders of a configured submit, `{callbackUrl}` or `{input:/path}`, and what each stands for in one request.
 * Pure. Where they stand, in a URL, a header or a body, is not known here.
 */

import { resolvePointer } from '../../core/json-pointer.ts'
import type { SubmitRequest } from '../provider.ts'
import { isPointer } from './json-pointer.ts'
import { faultOfName } from './url-template.ts'

const names = ['callbackUrl', 'clientId', 'key', 'operation', 'input'] as const
const faultOfKnown = faultOfName(names)

// A brace with a word behind it. Braces around anything else are a text's own; doubled ones stand for single ones.
const PLACEHOLDER = /\{\{([^{}]*)\}\}|\{([A-Za-z]\w*(?::[^{}]*)?)\}/g
const WHOLE = /^\{([A-Za-z]\w*(?::[^{}]*)?)\}$/

/** What was expected in place of a placeholder, in words that follow "expected"; null when it is known. */
export function faultOfPlaceholder(name: string): string | null {
  const { word, pointer } = partsOf(name)
  if (pointer === null) return faultOfKnown(word)
  if (word !== 'input') return `{input:/path} in place of {${name}}: only the input has parts`
  return isPointer(pointer) && pointer.startsWith('/')
    ? null
    : `a JSON pointer such as {input:/path} in place of {${name}}`
}

export function faultOfText(text: string): string | null {
  for (const [, doubled, name] of text.matchAll(PLACEHOLDER)) {
    const fault = doubled === undefined && name !== undefined ? faultOfPlaceholder(name) : null
    if (fault !== null) return `${fault}; braces that are meant as they are stand twice, {{${name}}}`
  }
  return null
}

export function mentions(text: string, wanted: (typeof names)[number]): boolean {
  return [...text.matchAll(PLACEHOLDER)].some(([, , name]) => name !== undefined && partsOf(name).word === wanted)
}

/** Undefined where the request has nothing of that name. */
function lookUp(name: string, request: SubmitRequest): unknown {
  const { word, pointer } = partsOf(name)
  if (pointer !== null) return resolvePointer(request.input, pointer)
  const { callbackUrl, clientId, key, operation, input } = request
  return { callbackUrl, clientId, key, operation, input }[word]
}

/** For URLs. Null for what is no text. */
export function textOf(name: string, request: SubmitRequest): string | null {
  const value = lookUp(name, request)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** `value` undefined: left out. */
export type FilledValue = { kind: 'value'; value: unknown } | { kind: 'lacking'; reason: string }

/** A text that is one placeholder and nothing else becomes what that stands for, with its JSON type. */
export function fillText(text: string, request: SubmitRequest): FilledValue {
  const [, whole] = WHOLE.exec(text) ?? []
  if (whole !== undefined) {
    const value = lookUp(whole, request)
    if (value !== undefined || partsOf(whole).isOptional) return { kind: 'value', value }
    // Nobody can be called back: the API has to be asked, and gets no address.
    return whole === 'callbackUrl' ? { kind: 'value', value } : { kind: 'lacking', reason: lackOf(whole) }
  }
  let reason: string | null = null
  const filled = text.replace(PLACEHOLDER, (_, doubled: string | undefined, name: string) => {
    if (doubled !== undefined) return `{${doubled}}`
    const value = textOf(name, request)
    if (value === null && !partsOf(name).isOptional) reason ??= lackOf(name)
    return value ?? ''
  })
  return reason === null ? { kind: 'value', value: filled } : { kind: 'lacking', reason }
}

function lackOf(name: string): string {
  const { pointer } = partsOf(name)
  return pointer === null ? `{${name}} is nothing that fits here` : `nothing that fits is at ${pointer} of the input`
}

/** `input:/path?`: a question mark at the end says that it may be missing. */
function partsOf(name: string): { word: string; pointer: string | null; isOptional: boolean } {
  const isOptional = name.endsWith('?')
  const [word = '', ...rest] = (isOptional ? name.slice(0, -1) : name).split(':')
  return { word, pointer: rest.length === 0 ? null : rest.join(':'), isOptional }
}
