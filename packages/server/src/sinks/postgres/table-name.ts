/** Names of tables and columns: read as they are configured, written so that nothing in them is taken for SQL. Pure. */

// 63 bytes: PostgreSQL cuts what is longer, and then finds another table.
const MAX_BYTES = 63
const PART = /^(?:"((?:[^"]|"")+)"|([^".\s]+))(?:\.|$)/

/** Schema and table, or the table alone; a part with a dot or a space stands in double quotes. Null: no such name. */
export function readTableName(written: string): string[] | null {
  const parts: string[] = []
  let rest = written.trim()
  if (rest.endsWith('.')) return null
  while (rest !== '') {
    const found = PART.exec(rest)
    if (found === null) return null
    parts.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    rest = rest.slice(found[0].length)
  }
  return parts.length >= 1 && parts.length <= 2 && parts.every(isName) ? parts : null
}

export function isName(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= MAX_BYTES && !name.includes('\0')
}

/** The names are taken as they are, upper and lower case apart. */
export function quoted(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}
