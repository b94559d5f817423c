/** Tables in Markdown, numbers to the right. Pure. */
import { show } from '../harness/table.mjs'

/** `columns`: `{ name, value(row), digits? }`, as for a terminal. */
export function markdownTable(columns, rows) {
  const isNumber = columns.map(({ value }) => rows.every((row) => typeof value(row) !== 'string'))
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(({ name }) => name)),
    line(isNumber.map((number) => (number ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map(({ value, digits }) => escaped(show(value(row), digits))))),
  ].join('\n')
}

function escaped(text) {
  return text.replaceAll('|', '\\|')
}
