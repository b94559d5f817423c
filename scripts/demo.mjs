/**
 * `npm run demo`: set-up, then the demo. It runs in this same process, so that signals, exit code, terminal and stdout
 * are the demo's own.
 *
 * Its flag in package.json: young objects get 8 MB twice instead of 16. The set-up, the server and a client share this
 * process, and what half of that would gain in speed nobody sees; it is 20 MB of memory (measured).
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
