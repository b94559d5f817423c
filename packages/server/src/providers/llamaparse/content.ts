/** Finds the text of a document in the shapes in which LlamaParse delivers it. Judges none of it: empty is empty. */
import { isRecord, unpack } from '../json-body.ts'

/** In order of preference: Markdown before plain text, the whole before its pages. */
const contentKeys = [
  'markdown_full',
  'markdown',
  'md',
  'parsed_content',
  'text_full',
  'text',
  'txt',
  'pages',
  'json',
  'result',
]

/** What holds content, sometimes as JSON inside a string. A document's own text is never taken for JSON. */
const containers: ReadonlySet<string> = new Set(['pages', 'json', 'result'])

// Content lies at most four levels down (`result.markdown.pages[].markdown`); deeper is not LlamaParse.
const MAX_DEPTH = 5

/** Null where no content is named at all; '' where it is named and empty. */
export function findContent(value: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null
  if (typeof value === 'string') return depth === 0 ? null : value
  if (Array.isArray(value)) return joinPages(value, depth)
  if (!isRecord(value)) return null
  let found: string | null = null
  for (const key of contentKeys) {
    if (!Object.hasOwn(value, key)) continue
    const content = containers.has(key) ? findInContainer(value[key], depth + 1) : findContent(value[key], depth + 1)
    if (content !== null && content !== '') return content
    found ??= content
  }
  return found
}

/** What only looks like JSON is a text. */
function findInContainer(value: unknown, depth: number): string | null {
  const inner = unpack(value)
  const found = typeof inner === 'string' ? null : findContent(inner, depth)
  return found ?? (typeof value === 'string' ? value : null)
}

/** A list is content when it is empty where content belongs, or when some of its entries are pages. */
function joinPages(pages: readonly unknown[], depth: number): string | null {
  if (pages.length === 0) return depth === 0 ? null : ''
  const contents = pages.map((page) => findContent(page, depth + 1))
  if (contents.every((content) => content === null)) return null
  return contents.filter((content) => content !== null && content !== '').join('\n\n')
}
