/**
 * The part of Airtable's formula language that filters are written in: comparisons, AND, OR, NOT, RECORD_ID(), BLANK(),
 * TRUE(), FALSE(), CREATED_TIME(). Pure. What it does not know it refuses, as Airtable does with what is wrong.
 */

export type Value = string | number | boolean | null

/** What a formula sees of one record. */
export interface Subject {
  id: string
  createdTime: string
  /** Undefined: there is no such field. */
  cell(name: string): Value | undefined
}

export type Formula = (subject: Subject) => Value

export type ParsedFormula =
  | { kind: 'formula'; formula: Formula; fields: string[] }
  | { kind: 'invalid'; reason: string }

type Token =
  | { kind: 'text' | 'field' | 'word'; text: string }
  | { kind: 'number'; number: number }
  | { kind: 'sign'; text: string }

const TOKEN =
  /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|\{((?:\\.|[^}\\])*)\}|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(!=|<=|>=|[=<>(),-]))/y

// Deeper than any filter that somebody writes; a parser that calls itself must end somewhere.
const DEEPEST = 50

class InvalidFormula extends Error {}

export function parseFormula(text: string): ParsedFormula {
  try {
    const tokens = tokenize(text)
    const fields: string[] = []
    const formula = parseAll(tokens, fields)
    return { kind: 'formula', formula, fields }
  } catch (fault) {
    if (!(fault instanceof InvalidFormula)) throw fault
    return { kind: 'invalid', reason: fault.message }
  }
}

export function isTrue(value: Value): boolean {
  return value !== null && value !== '' && value !== 0 && value !== false
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw new InvalidFormula(`cannot read \`${text.slice(at).trim().slice(0, 20)}\``)
    at = TOKEN.lastIndex
    const [, single, double, field, number, word, sign] = match
    const quoted = single ?? double
    if (quoted !== undefined) tokens.push({ kind: 'text', text: plain(quoted) })
    else if (field !== undefined) tokens.push({ kind: 'field', text: plain(field) })
    else if (number !== undefined) tokens.push({ kind: 'number', number: Number(number) })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}

function parseAll(tokens: readonly Token[], fields: string[]): Formula {
  let at = 0
  const isSign = (text: string) => {
    const token = tokens[at]
    return token?.kind === 'sign' && token.text === text
  }
  const expect = (text: string) => {
    if (!isSign(text)) throw new InvalidFormula(`expected \`${text}\``)
    at++
  }

  function comparison(depth: number): Formula {
    if (depth > DEEPEST) throw new InvalidFormula('nested too deeply')
    const left = term(depth)
    const token = tokens[at]
    const compare = token?.kind === 'sign' ? comparisons.get(token.text) : undefined
    if (compare === undefined) return left
    at++
    const right = term(depth)
    return (subject) => compare(left(subject), right(subject))
  }

  function term(depth: number): Formula {
    const token = tokens[at++]
    switch (token?.kind) {
      case 'text':
        return () => token.text
      case 'number':
        return () => token.number
      case 'field':
        return cellOf(token.text)
      case 'word':
        return isSign('(') ? call(token.text.toUpperCase(), depth) : cellOf(token.text)
      default:
        break
    }
    if (token?.text === '(') {
      const inner = comparison(depth + 1)
      expect(')')
      return inner
    }
    const next = tokens[at]
    if (token?.text === '-' && next?.kind === 'number') {
      at++
      return () => -next.number
    }
    throw new InvalidFormula(token === undefined ? 'it ends too early' : `unexpected \`${token.text}\``)
  }

  function call(name: string, depth: number): Formula {
    expect('(')
    const parts: Formula[] = []
    while (!isSign(')')) {
      if (parts.length > 0) expect(',')
      parts.push(comparison(depth + 1))
    }
    expect(')')
    const make = functions.get(name)
    if (make === undefined) throw new InvalidFormula(`unknown function \`${name}\``)
    return make(parts)
  }

  function cellOf(name: string): Formula {
    fields.push(name)
    return ({ cell }) => cell(name) ?? null
  }

  const whole = comparison(0)
  if (at < tokens.length) throw new InvalidFormula('there is more than one expression')
  return whole
}

const comparisons = new Map<string, (left: Value, right: Value) => boolean>([
  ['=', isEqual],
  ['!=', (left, right) => !isEqual(left, right)],
  ['<', (left, right) => order(left, right) < 0],
  ['<=', (left, right) => order(left, right) <= 0],
  ['>', (left, right) => order(left, right) > 0],
  ['>=', (left, right) => order(left, right) >= 0],
])

const functions = new Map<string, (parts: readonly Formula[]) => Formula>([
  ['AND', (parts) => (subject) => parts.every((part) => isTrue(part(subject)))],
  ['OR', (parts) => (subject) => parts.some((part) => isTrue(part(subject)))],
  [
    'NOT',
    ([part, ...more]) => {
      if (part === undefined || more.length > 0) throw new InvalidFormula('NOT takes one expression')
      return (subject) => !isTrue(part(subject))
    },
  ],
  [
    'RECORD_ID',
    () =>
      ({ id }) =>
        id,
  ],
  [
    'CREATED_TIME',
    () =>
      ({ createdTime }) =>
        createdTime,
  ],
  ['BLANK', () => () => null],
  ['TRUE', () => () => true],
  ['FALSE', () => () => false],
])

function isEqual(left: Value, right: Value): boolean {
  const [a, b] = [bare(left), bare(right)]
  return typeof a === typeof b ? a === b : a !== null && b !== null && String(a) === String(b)
}

/** An empty cell, an empty text and a box that is not ticked are the same; a ticked one is 1. */
function bare(value: Value): Value {
  if (value === '' || value === false) return null
  return value === true ? 1 : value
}

/** NaN, which is neither less nor more, where one of them is empty. Dates as ISO texts sort by themselves. */
function order(left: Value, right: Value): number {
  if (left === null || right === null) return Number.NaN
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right)
  const [a, b] = [String(left), String(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
