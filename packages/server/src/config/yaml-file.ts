/** Reads `becket.yaml` into a draft, each value with its line, and puts variables in for `${NAME}`. Knows no options. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import type { Variables } from './dotenv.ts'
import { type Draft, type Path, unresolved } from './draft.ts'
import { interpolate } from './interpolation.ts'
import type { Problem } from './problem.ts'

// Far more than any configuration has; an alias that names itself would have no end.
const MAX_NODES = 100_000
const MAX_DEPTH = 64

export interface YamlFile {
  /** As it is shown: relative to the working directory where it lies below it. */
  name: string
  text: string
}

interface Reading {
  file: YamlFile
  document: Document
  lines: LineCounter
  variables: Variables
  draft: Draft
  problems: Problem[]
  nodes: number
}

export function readYaml(file: YamlFile, variables: Variables, draft: Draft): Problem[] {
  const lines = new LineCounter()
  const document = parseDocument(hideBraces(file.text), { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const reading: Reading = { file, document, lines, variables, draft, problems: [], nodes: 0 }
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0])
    complain(reading, `${line}:${col}`, yamlComplaint(error.code, error.message))
  }
  const top = document.contents
  if (reading.problems.length > 0 || top === null) return reading.problems
  if (isMap(top)) readMap(top, [], 1, reading)
  else if (!isScalar(top) || top.value !== null) complain(reading, '1', 'the file must be a map of options')
  return reading.problems
}

function readNode(node: unknown, path: Path, line: number, reading: Reading): void {
  if (++reading.nodes > MAX_NODES || path.length > MAX_DEPTH) {
    if (reading.nodes <= MAX_NODES + 1) complain(reading, String(line), 'is nested without end')
    // Whatever follows is turned away at once.
    reading.nodes = MAX_NODES + 1
    return
  }
  const { draft, file } = reading
  if (isAlias(node)) readNode(node.resolve(reading.document), path, line, reading)
  else if (isMap(node)) {
    draft.set(path, {}, { kind: 'file', file: file.name, line, names: [] })
    readMap(node, path, line, reading)
  } else if (isSeq(node)) {
    draft.set(path, [], { kind: 'file', file: file.name, line, names: [] })
    for (const [index, item] of node.items.entries()) {
      readNode(item, [...path, index], isNode(item) ? lineOf(item, reading) : line, reading)
    }
  } else readScalar(isScalar(node) ? node.value : null, path, line, reading)
}

function readMap(node: YAMLMap, path: Path, line: number, reading: Reading): void {
  for (const { key, value } of node.items) {
    const at = isNode(key) ? lineOf(key, reading) : line
    const name = isScalar(key) ? showBraces(String(key.value)) : null
    if (name === null || name === '__proto__') complain(reading, String(at), 'this key cannot name an option')
    else readNode(value, [...path, name], at, reading)
  }
}

function readScalar(value: unknown, path: Path, line: number, reading: Reading): void {
  const { draft, file } = reading
  const origin = { kind: 'file' as const, file: file.name, line, names: [] }
  if (typeof value !== 'string') {
    // An option without a value is as good as left out, so that its line may stay when what is below it is commented out.
    draft.set(path, value ?? undefined, origin)
    return
  }
  const put = interpolate(showBraces(value), reading.variables.get)
  for (const name of put.missing) {
    complain(reading, String(line), `\${${name}} is not set, neither in the environment nor in .env`)
  }
  for (const malformed of put.malformed) {
    const what = `\`${malformed}\` is not understood: only \${NAME} is, and $\${NAME} for the text itself`
    complain(reading, String(line), what)
  }
  const isWhole = put.missing.length === 0 && put.malformed.length === 0
  draft.set(path, isWhole ? put.text : unresolved, { ...origin, names: put.names })
}

const OPEN = '\uE000'
const CLOSE = '\uE001'

/**
 * In YAML, `{secret: ${NAME}}` and `[/path/{id}]` are broken: within brackets a brace begins a map. Nobody means one right
 * behind a letter, `$` or `/`, so such braces are hidden from the parser. Lengths stay, and with them lines and columns.
 */
function hideBraces(text: string): string {
  if (text.includes(OPEN) || text.includes(CLOSE)) return text
  return text.replace(/(?<=[^\s,[\]{}:"'])\{([^{}[\]\s,:"']*)\}/g, `${OPEN}$1${CLOSE}`)
}

function showBraces(text: string): string {
  return text.replaceAll(OPEN, '{').replaceAll(CLOSE, '}')
}

function lineOf(node: Node, { lines }: Reading): number {
  return node.range ? lines.linePos(node.range[0]).line : 1
}

function complain({ file, problems }: Reading, position: string, what: string): void {
  problems.push({ where: `${file.name}:${position}`, what, origin: null })
}

function yamlComplaint(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key stands twice in one map; keep one'
  if (code === 'TAB_AS_INDENT') return 'a tab is used to indent; YAML wants spaces'
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents; keep one'
  // What follows a colon may be a piece of the file, and that piece a secret.
  return `not valid YAML: ${message.replace(/: ["'`].*$/s, '')}`
}
