/** Text tables for a terminal. Pure. */

/** `columns`: `{ name, value(row) → text or number, digits? }`; numbers stand to the right. */
export function tableOf(columns, rows) {
  const cells = rows.map((row) => columns.map(({ value, digits }) => show(value(row), digits)))
  const widths = columns.map(({ name }, at) => Math.max(name.length, ...cells.map((line) => line[at].length)))
  const isNumber = columns.map(({ value }) => rows.every((row) => typeof value(row) !== 'string'))
  const line = (parts) =>
    parts
      .map((part, at) => (isNumber[at] ? part.padStart(widths[at]) : part.padEnd(widths[at])))
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ name }) => name)), ...cells.map(line)].join('\n')
}

/** Enough digits to tell two measurements apart, and no more; a dash for what was not measured. */
export function show(value, digits) {
  if (value === undefined || value === null || Number.isNaN(value)) return '-'
  if (typeof value !== 'number') return String(value)
  const wanted = digits ?? (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
  return value.toFixed(wanted).replace(/\B(?=(\d{3})+(?!\d))/g, value >= 1_000 && wanted === 0 ? ',' : '')
}
