/**
 * `npm run demo`: set-up, then the demo. It runs in this same process, so that signals, exit code, terminal and stdout
 * are the demo's own.
 */
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { endWithParent } from './parent.mjs'
import { root, setUp } from './setup.mjs'

endWithParent()
await setUp()
const main = join(root, 'packages', 'server', 'dist', 'cli', 'main.js')
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)]
await import(pathToFileURL(main).href)
