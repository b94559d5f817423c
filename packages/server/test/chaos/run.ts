/**
 * One crash test from its first start to its verdict: the stand-ins in a process of their own, `becket serve` in
 * another, relays between them, an uploader that does not give up, and a killer that does not either.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createBecket } from '@becket/client'
import { createChance } from './chance.ts'
import { type Check, checkAlways, checkInTheEnd } from './database-checks.ts'
import { drawDeck } from './deck.ts'
import { checkDeliveries } from './delivery-checks.ts'
import { makeBatch } from './documents.ts'
import { startEndpoint } from './endpoint.ts'
import { createKiller, type Killer } from './killer.ts'
import { freePort } from './listen-on.ts'
import { checkAnswers, checkCallbacks, checkOutcomes } from './outcome-checks.ts'
import { postgresOf } from './postgres.ts'
import { killProcess, processesIn } from './processes.ts'
import { type Relay, startRelay } from './relay.ts'
import type { ChaosResult } from './report.ts'
import { startServer } from './server.ts'
import { configuration } from './settings.ts'
import { createStandIns } from './stand-ins.ts'
import { checkSubmits } from './submit-checks.ts'
import { createTurns } from './turns.ts'
import { type Taken, upload } from './uploader.ts'

export interface ChaosOptions {
  kills: number
  documents: number
  seed: number
  /** One line of progress. */
  say(line: string): void
  signal: AbortSignal
}

// 3 min: the ladder asks every few seconds, and an open breaker keeps closed for one minute.
const END_WITHIN_MS = 180_000
const STOP_WITHIN_MS = 10_000

export async function runChaos({ kills, documents, seed, say, signal }: ChaosOptions): Promise<ChaosResult> {
  const beganMs = performance.now()
  const work = await mkdtemp(join(tmpdir(), 'becket-chaos-'))
  // PostgreSQL's account has to pass where we are root.
  await chmod(work, 0o755)
  const stops: (() => Promise<unknown>)[] = []
  let isKept = true
  try {
    const dataDir = join(work, 'data')
    await mkdir(dataDir, { mode: 0o755 })
    const standIns = createStandIns(seed)
    stops.push(() => standIns.stop())
    const { llamaparse, openai } = await standIns.start()
    const port = await freePort()
    let killer: Killer | null = null
    const onMoment: Killer['onMoment'] = (moment) => killer?.onMoment(moment) ?? false
    const relay = async (target: string, kindOf: (method: string, path: string) => string): Promise<Relay> => {
      const started = await startRelay({ target: () => target, kindOf, onMoment })
      stops.push(() => started.stop())
      return started
    }
    const front = await relay(`http://127.0.0.1:${port}`, frontKind)
    const parser = await relay(llamaparse.baseUrl, (method) => (method === 'POST' ? 'submit' : 'check'))
    const embedder = await relay(openai.baseUrl, () => 'embed')
    const secret = `whsec_${Buffer.from('the secret of a crash test').toString('base64')}`
    const endpoint = await startEndpoint({ secret, chance: createChance(seed + 1) })
    stops.push(() => endpoint.stop())
    const results = await relay(endpoint.url, () => 'deliver')
    const configFile = join(work, 'becket.yaml')
    const logFile = join(work, 'server.log')
    await writeFile(
      configFile,
      configuration({
        port,
        publicUrl: front.url,
        dataDir,
        llamaparse: { ...llamaparse, baseUrl: parser.url },
        openai: { ...openai, baseUrl: embedder.url },
        endpoint: { url: results.url, secret },
      }),
    )
    say(`seed ${seed}: ${kills} kills, ${documents} documents; files in ${work}`)

    const chance = createChance(seed)
    const batch = makeBatch(documents, chance)
    const deck = drawDeck(kills, chance)
    const postgres = postgresOf(dataDir)
    const taken: Taken[] = []
    const snapshots: Promise<string[] | null>[] = []
    const turns = createTurns(documents, kills)
    killer = createKiller({
      deck,
      chance,
      postgres,
      start: () => startServer({ configFile, cwd: work, port, logFile }),
      killed(count, what) {
        say(`kill ${String(count).padStart(2)}/${kills}  ${what}; ${taken.length}/${documents} documents taken`)
        turns.open(count)
        // What the dead left must hold as well; where the database went with them, the next snapshot tells.
        snapshots.push(checkAlways(postgres).catch(() => null))
      },
      signal,
    })
    stops.push(async () => {
      killer?.current()?.kill('SIGKILL')
      await killer?.current()?.ended
      for (const pid of processesIn(work)) killProcess(pid)
    })
    const living = killer.run()
    living.catch(() => {})
    const first = killer.current()
    if (first === null || (await first.ready) === null) throw new Error(`the server does not start: ${first?.said()}`)
    const apiKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim()
    const uploading = upload({
      becket: createBecket({ url: front.url, apiKey, timeoutMs: 10_000 }),
      batch,
      turn: turns.of,
      taken: (one) => taken.push(one),
      signal,
    })
    uploading.catch(() => {})
    const server = await living
    turns.open(kills)
    say(`killed ${kills} times; waiting for the end of what was taken`)
    await uploading
    let last = ''
    await quiet(async () => {
      const open = await postgres.ask<{ jobs: number; wakeups: number }>(
        `select (select count(*)::int from becket.job where state not in ('done', 'deadletter')) as jobs,
           (select count(*)::int from becket.wakeup where lane <> 'expectation') as wakeups`,
      )
      const { jobs = 1, wakeups = 1 } = open[0] ?? {}
      const now = `${jobs} jobs and ${wakeups} other wakeups are open`
      if (now !== last) say(now)
      last = now
      return jobs === 0 && wakeups === 0
    }, signal)

    const answers = front.answers
    const { ledger } = await standIns.report()
    const { checks: submitChecks, resubmits } = await checkSubmits(postgres, ledger, { publicUrl: front.url, dataDir })
    const { checks: deliveryChecks, deliveries } = await checkDeliveries(postgres, endpoint)
    const broken = (await Promise.all(snapshots)).filter((faults) => faults !== null)
    const { account } = killer
    const checks: Check[] = [
      ...(await checkOutcomes(postgres, batch, taken)),
      ...submitChecks,
      ...deliveryChecks,
      await checkCallbacks(postgres, answers),
      checkAnswers(answers),
      ...(await checkInTheEnd(postgres)),
      { name: 'all of this held after each kill', figure: `${broken.length} snapshots`, faults: broken.flat() },
      {
        name: 'every start and every end was in order',
        figure: `${account.readyMs.length} starts`,
        faults: account.faults,
      },
    ]
    const settledBy = await counts(
      postgres.ask(`select settled_by as name, count(*)::int from becket.expectation
      where settled_by is not null group by 1 order by 2 desc`),
    )
    const callbacks = await counts(
      postgres.ask(`select fate as name, count(*)::int from becket.callback group by 1 order by 2 desc`),
    )
    const lapses =
      (await postgres.ask<{ most: number }>('select coalesce(max(lapses), 0)::int as most from becket.wakeup'))[0]
        ?.most ?? 0

    const stopBeganMs = performance.now()
    server.kill('SIGTERM')
    const code = await server.ended
    const stopMs = Math.round(performance.now() - stopBeganMs)
    const left = processesIn(work)
    checks.push(
      {
        name: 'SIGTERM ends everything in order within 10 s',
        figure: `exit code ${code} after ${stopMs} ms`,
        faults: code === 0 && stopMs <= STOP_WITHIN_MS ? [] : [server.said()],
      },
      { name: 'no process is left behind', figure: `${left.length} left`, faults: left.map(String) },
    )
    const ok = checks.every(({ faults }) => faults.length === 0)
    isKept = !ok
    const [firstReadyMs = 0, ...later] = account.readyMs
    return {
      ok,
      seed,
      kills,
      documents,
      durationMs: Math.round(performance.now() - beganMs),
      checks,
      figures: {
        killed: account.kills,
        momentsMet: account.hits,
        serverEnds: account.ends,
        starts: account.readyMs.length,
        firstReadyMs,
        laterReadyMs: { median: medianOf(later), max: Math.max(0, ...later) },
        stopMs,
        snapshots: broken.length,
        resubmits,
        settledBy,
        callbacks,
        deliveries,
        lapses,
      },
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
    if (isKept && !signal.aborted) say(`What it wrote is kept: ${work}`)
    else await rm(work, { recursive: true, force: true })
  }
}

function frontKind(method: string, path: string): string {
  if (path.startsWith('/in/') || path.startsWith('/webhook/')) return 'callback'
  if (path.endsWith('/finalize')) return 'finalize'
  if (method === 'PUT') return 'content'
  return method === 'POST' ? 'create' : 'look'
}

async function quiet(isQuiet: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + END_WITHIN_MS
  while (performance.now() < until) {
    if (await isQuiet()) return
    await pause(1_000, undefined, { signal })
  }
}

async function counts(rows: Promise<{ name: string; count: number }[]>): Promise<Record<string, number>> {
  return Object.fromEntries((await rows).map(({ name, count }) => [name, count]))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
