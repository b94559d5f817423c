/**
 * `becket demo`: a whole Becket beside stand-ins that lose, delay, repeat and garble their callbacks; real documents go
 * through it, and each is accounted for at the end. The wiring of a run; what it looks like is in the files beside.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createBecket } from '@becket/client'
import { createRehearsalApart } from '@becket/rehearsal'
import { loadConfig } from '../../config/load.ts'
import { createLog } from '../../observe/log.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { CliIo } from '../io.ts'
import { accounted } from './accounted.ts'
import { demoFiles } from './demo-files.ts'
import type { DemoResult } from './demo-result.ts'
import { demoBases, demoConfiguration, demoEnvironment, demoFaults, LADDER_SPEED } from './demo-settings.ts'
import { demoVideos } from './demo-videos.ts'
import { END_WITHIN_MS, followDeliveries, followToTheEnd } from './follow.ts'
import { gather } from './gather.ts'
import { handInAll, orderAll } from './hand-in.ts'
import { createProgress } from './progress.ts'
import { renderScoreboard, scoreboardJson } from './scoreboard.ts'
import { wantsColour } from './terminal-text.ts'

export interface DemoFlags {
  once?: boolean
  json?: boolean
  loss: number
  seed: number
  documents?: string
  dataDir?: string
  port?: number
}

const PORT = 7400
const DATA_DIR = '.becket/demo'

export async function demo(io: CliIo, flags: DemoFlags): Promise<ExitCode> {
  const startedMs = io.now()
  const dataDir = resolve(io.cwd, flags.dataDir ?? io.env.BECKET_DATA_DIR ?? DATA_DIR)
  await mkdir(dataDir, { recursive: true })
  const files = await demoFiles(flags.documents === undefined ? null : resolve(io.cwd, flags.documents), dataDir)
  const say = (line: string) => io.err(line)

  const environment = 'development'
  const rehearsal = createRehearsalApart({
    environment,
    seed: flags.seed,
    faults: demoFaults(flags.loss),
    processing: { kind: 'lognormal', medianMs: 700, sigma: 0.6, maxMs: 4_000 },
    rendering: { kind: 'lognormal', medianMs: 900, sigma: 0.6, maxMs: 5_000 },
    ncaInputs: 'required',
    airtable: { bases: demoBases },
    // The provider's own three tries in seven seconds, in a tenth of the time.
    timeScale: 0.1,
  })
  const stopped = stopSignal(io)
  const stops: (() => Promise<void>)[] = [() => rehearsal.stop()]
  try {
    // Together: the one is another process's work.
    const [addresses, app] = await Promise.all([rehearsal.start(), io.loadApp()])
    const configFile = join(dataDir, 'becket.demo.yaml')
    const port = flags.port ?? (flags.once === true ? 0 : await freePort(PORT))
    await writeFile(configFile, demoConfiguration(addresses, port), { mode: 0o600 })
    const { config } = await loadConfig({
      flags: { config: configFile, dataDir },
      env: demoEnvironment(io.env),
      cwd: dataDir,
      providers: app.providers,
      sinkKinds: app.sinkKinds,
    })
    const log = createLog({ level: config.logLevel, file: join(dataDir, 'demo.log') })
    const server = app.createApp(config, {
      log,
      onFatal: (error) => {
        say(`The database was lost: ${error.message}`)
        stopped.end()
      },
    })
    stops.push(() => server.stop())
    say(
      `Starting Becket with stand-ins for LlamaParse, OpenAI, the NCA Toolkit and Airtable; ${percent(flags.loss)} of the callbacks will be lost (seed ${flags.seed}).`,
    )
    say(
      `Minutes of the ladder are seconds here. Data: ${dataDir}${config.database.url === null ? '' : ' and the database of DATABASE_URL'}. Log: demo.log in it.`,
    )
    await server.start()
    const { address, adminKey } = server
    if (address === null || adminKey === null) throw new Error('the server started without an address')
    const becket = createBecket({ url: address, apiKey: adminKey.secret })

    const orders = demoVideos(addresses.nca.sampleBase)
    const progress = createProgress({
      files: [...files.map((file) => file.name), ...orders.map((order) => order.file)],
      stream: process.stderr,
      environment: io.env,
      now: () => performance.now(),
    })
    progress.start()
    const ordered = await orderAll(becket, orders, `${startedMs}`, progress)
    const handedIn = await handInAll(becket, files, progress, stopped)
    const deadlineMs = performance.now() + END_WITHIN_MS
    await followToTheEnd(becket, { handedIn, ordered, deadlineMs }, progress, stopped)
    progress.stop()
    await followDeliveries(becket, { deadlineMs, say }, stopped)

    const standIns = await rehearsal.report()
    const gathered = await gather({
      becket,
      ledger: standIns.ledger,
      handedIn,
      ordered,
      rows: standIns.rows,
      areExamples: flags.documents === undefined,
      sinceMs: startedMs,
    })
    const result: DemoResult = {
      ...gathered,
      run: {
        seed: flags.seed,
        loss: flags.loss,
        durationMs: io.now() - startedMs,
        // In kilobytes, whatever the platform's own unit is.
        memoryBytes: process.resourceUsage().maxRSS * 1024,
        standInsMemoryBytes: standIns.memoryBytes,
        ladderSpeed: LADDER_SPEED,
      },
    }
    const account = accounted(result)
    const options = { columns: process.stdout.columns ?? 80, colour: wantsColour(io.isTTY, io.env) }
    if (flags.json === true) {
      say(renderScoreboard(result, { ...options, colour: wantsColour(process.stderr.isTTY === true, io.env) }))
      io.out(JSON.stringify(scoreboardJson(result), null, 2))
    } else {
      io.out(renderScoreboard(result, options))
    }
    for (const { file, problem } of account.problems) say(`not accounted for: ${file} ${problem}`)
    if (flags.once !== true && !stopped.signal.aborted) {
      say(`\nThe server stays up. Status page: ${address}/#key=${adminKey.secret}`)
      say(
        `Look around: becket jobs list --url ${address} (the key is in ${join(dataDir, 'admin.key')}). Ctrl-C stops it.`,
      )
      await new Promise<void>((end) => stopped.signal.addEventListener('abort', () => end()))
    }
    return account.ok ? exitCodes.ok : exitCodes.failed
  } finally {
    for (const stop of stops.reverse()) await stop()
    stopped.release()
  }
}

/** Ctrl-C: once stops in order, twice at once. */
function stopSignal(io: CliIo): { signal: AbortSignal; end: () => void; release: () => void } {
  const controller = new AbortController()
  let count = 0
  const release = io.onSignal((signal) => {
    count += 1
    if (count > 1) io.exit(signal === 'SIGINT' ? 130 : 143)
    io.err(`${signal}: stopping in order; once more stops at once`)
    controller.abort()
  })
  return { signal: controller.signal, end: () => controller.abort(), release }
}

/** The usual port, or any free one where somebody has it. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(0))
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)))
  })
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
