/** What a filled database depends on: with another schema, or filled otherwise, it is another one. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkout } from '../harness/paths.mjs'

const fills = ['becket-rows.mjs', 'becket-fill.mjs', 'set-aside.mjs', 'peer-fill.mjs']

export async function fillMark() {
  const folder = join(checkout, 'packages', 'server', 'migrations')
  const migrations = (await readdir(folder)).sort().map((name) => join(folder, name))
  const digest = createHash('sha256')
  for (const file of [...migrations, ...fills.map((name) => fileURLToPath(new URL(name, import.meta.url)))]) {
    digest.update(await readFile(file))
  }
  return digest.digest('hex').slice(0, 8)
}
