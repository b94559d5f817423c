/** Reads the numbered `.sql` files that make the schema. Does not apply them; see migrate.ts. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Migration {
  version: number
  name: string
  sql: string
  checksum: string
}

// `src/db` and `dist/db` lie equally deep.
const PACKAGE = new URL('../../', import.meta.url)
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/

export async function readMigrations(directory = fileURLToPath(new URL('migrations/', PACKAGE))): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(directory)).sort()) {
    const match = FILE_NAME.exec(file)
    if (match === null) {
      if (file.endsWith('.sql')) throw new Error(`${file} in ${directory} is not named like 0001_what_it_does.sql`)
      continue
    }
    const version = Number(match[1])
    if (version !== migrations.length + 1) {
      throw new Error(`${file} in ${directory} should carry the number ${migrations.length + 1}: no gaps, no doubles`)
    }
    // A checkout on Windows may have changed the line ends; that is the same migration.
    const sql = (await readFile(`${directory}/${file}`, 'utf8')).replaceAll('\r\n', '\n')
    migrations.push({ version, name: match[2] ?? '', sql, checksum: createHash('sha256').update(sql).digest('hex') })
  }
  return migrations
}

/** The release that applies a migration, for the record. */
export async function readProgramVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('package.json', PACKAGE), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : 'unknown'
}
