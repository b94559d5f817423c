/**
 * `npm test`: set-up, then all tests (or those named after `--`). Its last lines name the tests that were left out for
 * want of something outside the workspace, and how to have them run.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { endWithParent } from './parent.mjs'
import { root, setUp } from './setup.mjs'

const HOW = {
  'outside PostgreSQL': 'set BECKET_TEST_POSTGRES_URL to the URL of a database on a PostgreSQL 14 or newer',
  PgBouncer: 'set BECKET_TEST_PGBOUNCER_URL to the URL of a database behind PgBouncer in transaction mode',
  'PostgreSQL with pgvector':
    'set BECKET_TEST_PGVECTOR_URL to the URL of a database whose server has the extension `vector`',
  Chromium: 'set BECKET_TEST_CHROMIUM to the path of the program',
  FFmpeg: 'set BECKET_TEST_FFMPEG to the path of the program, with ffprobe beside it',
  root: 'run the tests as root',
  'a checkout and a Node that other users can reach':
    'clone to a folder outside of /root, and install Node outside of it',
}

endWithParent()
await setUp()
const folder = mkdtempSync(join(tmpdir(), 'becket-left-out-'))
const list = join(folder, 'list')
writeFileSync(list, '')
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const vitest = spawn(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BECKET_TEST_LEFT_OUT: list },
  },
)
// Ctrl-C reaches Vitest by itself; it stops its databases, and then we end with its code.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => vitest.kill('SIGTERM'))

const code = await new Promise((done) => {
  vitest.on('error', () => done(1))
  vitest.on('exit', (status) => done(status ?? 1))
})
tellLeftOut(readFileSync(list, 'utf8'))
process.exit(code)

function tellLeftOut(text) {
  const lines = [...new Set(text.split('\n'))].filter((line) => line !== '').sort()
  if (lines.length === 0) {
    console.log('Nothing was left out.')
    return
  }
  console.log('Left out:')
  for (const tool of new Set(lines.map((line) => line.split('\t')[0]))) {
    console.log(`  for want of ${tool} (${HOW[tool]}):`)
    for (const line of lines) if (line.startsWith(`${tool}\t`)) console.log(`    ${line.split('\t')[1]}`)
  }
}
