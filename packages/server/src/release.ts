/** The version of this program, as its package says. */
import { readFileSync } from 'node:fs'

// Our own file, in which npm makes sure of a version.
const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

export const release = manifest.version
