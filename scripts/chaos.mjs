/** `npm run chaos`: set-up, then the crash test of packages/server/test/chaos, in this same process. Linux only. */
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { endWithParent } from './parent.mjs'
import { root, setUp } from './setup.mjs'

if (process.platform !== 'linux') {
  process.stderr.write('becket: the crash test looks for processes in /proc: run it on Linux, or in a container.\n')
  process.exit(1)
}
endWithParent()
await setUp()
const test = join(root, 'packages', 'server', 'test')
const runner = join(test, 'run-typescript.mjs')
process.argv = [process.execPath, runner, join(test, 'chaos', 'main.ts'), ...process.argv.slice(2)]
await import(pathToFileURL(runner).href)
