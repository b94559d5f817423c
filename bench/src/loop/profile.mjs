/**
 * Where the time of one contender's callback loop goes: the processor's by package and file, PostgreSQL's by statement,
 * and the rows that each loop writes. The profile itself costs; its numbers are held against nothing.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { readArguments } from '../harness/arguments.mjs'
import { say } from '../harness/measure.mjs'
import { scratch } from '../harness/paths.mjs'
import { openResults } from '../harness/results.mjs'
import { tableOf } from '../harness/table.mjs'
import { nameOfFile, nameOfFunction, selfTimes } from './cpu-profile.mjs'
import { measureLoop, withStage } from './loop.mjs'
import { withoutPostgres } from './start.mjs'
import { statementSettings, watchStatements } from './statements.mjs'

const TOP = 25

export async function run(args) {
  const { of, clients, seconds, warmup } = readArguments('profile', args, {
    of: 'becket',
    clients: 128,
    seconds: 10,
    warmup: 10,
  })
  await withStage(async (stage) => {
    const { postgres } = stage
    const folder = await mkdtemp(join(scratch, `profile-${process.pid}-`))
    const watch = withoutPostgres.includes(of)
      ? undefined
      : watchStatements({ postgres, database: `loop_${(of === 'becket-app' ? 'becket' : of).replaceAll('-', '_')}` })
    const window = {}
    let asked
    try {
      const numbers = await measureLoop(stage, of, {
        clients,
        seconds,
        warmup,
        execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
        // A profile is written into it when the process ends.
        cwd: folder,
        at: {
          started: () => watch?.begin(),
          measuring: () => {
            window.fromUs = nowUs()
          },
          measured: () => {
            window.untilUs = nowUs()
          },
          stopped: async () => {
            asked = await watch?.end()
          },
        },
      })
      const profile = await readProfile(folder)
      const found = summary(numbers, selfTimes(profile, { ...window, by: nameOfFile }), asked)
      found.functions = selfTimes(profile, { ...window, by: nameOfFunction }).slice(0, TOP)
      print(of, found)
      await keep({ of, clients, seconds, warmup }, await postgres.version(), found)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, statementSettings)
}

// V8 stamps its samples by the clock that Node calls hrtime, which all processes of a machine share.
const nowUs = () => Number(process.hrtime.bigint() / 1_000n)

async function readProfile(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  // Of several threads, the one that worked most.
  const [longest] = texts.sort((a, b) => b.length - a.length)
  if (longest === undefined) throw new Error('the process left no profile behind')
  return JSON.parse(longest)
}

function summary(numbers, files, asked) {
  const { count, total, perSecond, cpuMsEach } = numbers
  const each = (value) => value / total
  return {
    loops: count,
    perSecond,
    cpuMsEach,
    files: files.slice(0, TOP),
    ...(asked === undefined
      ? {}
      : {
          commitsEach: each(asked.commits),
          walBytesEach: each(asked.walBytes),
          statementsEach: each(asked.statements.reduce((sum, { calls }) => sum + calls, 0)),
          statements: asked.statements.slice(0, TOP).map(({ query, calls, rows, ms }) => ({
            query: query.replace(/\s+/g, ' ').trim(),
            callsEach: each(calls),
            rowsEach: each(rows),
            msEach: each(ms),
          })),
          tables: asked.tables.map(({ name, inserted, updated, hot, deleted }) => ({
            name,
            inserted: each(inserted),
            updated: each(updated),
            hot: updated === 0 ? 0 : hot / updated,
            deleted: each(deleted),
          })),
        }),
  }
}

function print(of, found) {
  const { loops, perSecond, files, functions, statements, tables } = found
  const value = (key) => (row) => row[key]
  const percent = (key) => (row) => row[key] * 100
  const out = (text) => process.stdout.write(`\n${text}\n`)
  out(`${of}: ${loops} loops, ${Math.round(perSecond)} per second under the profile`)
  const time = [
    { name: '%', value: percent('share'), digits: 1 },
    { name: 'ms each', value: ({ ms }) => ms / loops, digits: 4 },
  ]
  out(tableOf([{ name: 'self time by package and file', value: value('name') }, ...time], files))
  out(tableOf([{ name: 'self time by function', value: value('name') }, ...time], functions))
  if (statements === undefined) return
  out(
    `each loop: ${found.commitsEach.toFixed(3)} commits, ${found.statementsEach.toFixed(3)} statements, ${Math.round(found.walBytesEach)} bytes of log`,
  )
  out(
    tableOf(
      [
        { name: 'calls each', value: value('callsEach'), digits: 3 },
        { name: 'rows each', value: value('rowsEach'), digits: 2 },
        { name: 'ms each', value: value('msEach'), digits: 4 },
        { name: 'statement', value: ({ query }) => query.slice(0, 110) },
      ],
      statements,
    ),
  )
  out(
    tableOf(
      [
        { name: 'rows of each loop', value: value('name') },
        { name: 'inserted', value: value('inserted'), digits: 2 },
        { name: 'updated', value: value('updated'), digits: 2 },
        { name: 'of them HOT %', value: percent('hot'), digits: 0 },
        { name: 'deleted', value: value('deleted'), digits: 2 },
      ],
      tables,
    ),
  )
}

async function keep(settings, postgres, found) {
  const results = await openResults({ name: 'profile', settings, postgres })
  await results.note('profile', found)
  say(`written to ${results.path}`)
}
