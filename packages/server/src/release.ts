/** The version of this program, as its package says. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const release: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version
