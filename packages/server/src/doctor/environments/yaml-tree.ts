/** YAML with the line of everything in it, aliases and merges followed. Knows no kind of file. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

export interface YamlTree {
  line: number
  /** Of a map; empty for everything else. */
  entries: ReadonlyMap<string, YamlTree>
  /** Of a list; empty for everything else. */
  items: readonly YamlTree[]
  /** As it would be written in the environment; null where nothing was written, undefined for maps and lists. */
  text: string | null | undefined
}

// An alias that names itself has no end; no file of a host is deeper.
const DEEPEST = 32

export type YamlReading = { kind: 'read'; tree: YamlTree } | { kind: 'unreadable'; line: number; why: string }

export function readYamlTree(text: string): YamlReading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const error = document.errors[0]
  if (error !== undefined) {
    // The parser's own words may repeat a piece of the file, and that piece a secret.
    return { kind: 'unreadable', line: lines.linePos(error.pos[0]).line, why: `not valid YAML (${error.code})` }
  }
  return { kind: 'read', tree: grow(document.contents, { document, lines, line: 1 }, 0) }
}

interface Around {
  document: Document
  lines: LineCounter
  line: number
}

function grow(node: unknown, around: Around, depth: number): YamlTree {
  const line = isNode(node) && node.range ? around.lines.linePos(node.range[0]).line : around.line
  const here = { ...around, line }
  const empty = { line, entries: new Map(), items: [], text: undefined }
  if (depth > DEEPEST) return empty
  if (isAlias(node)) return grow(node.resolve(around.document), here, depth + 1)
  if (isSeq(node)) return { ...empty, items: node.items.map((item) => grow(item, here, depth + 1)) }
  if (!isMap(node)) return { ...empty, text: isScalar(node) ? textOf(node.value) : null }
  const merged = new Map<string, YamlTree>()
  const own = new Map<string, YamlTree>()
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : ''
    const keyLine = isNode(key) && key.range ? around.lines.linePos(key.range[0]).line : line
    const grown = { ...grow(value, here, depth + 1), line: keyLine }
    if (name !== '<<') own.set(name, grown)
    else {
      const sources = grown.items.length > 0 ? grown.items : [grown]
      // The first of several wins.
      for (const source of [...sources].reverse()) for (const [each, tree] of source.entries) merged.set(each, tree)
    }
  }
  return { ...empty, entries: new Map([...merged, ...own]) }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}
