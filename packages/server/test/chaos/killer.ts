/** Kills by the deck and starts again at once, as a supervisor would; keeps account of every start and every end. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { type Card, describe, type Victim } from './deck.ts'
import type { Postgres } from './postgres.ts'
import { killProcess } from './processes.ts'
import type { Moment } from './relay.ts'
import type { ServerProcess } from './server.ts'

export interface KillerOptions {
  deck: readonly Card[]
  chance: Chance
  postgres: Postgres
  start(): ServerProcess
  /** After the n-th kill, with the next process already started. */
  killed(count: number, what: string): void
  signal: AbortSignal
}

export interface KillerAccount {
  /** Milliseconds from the start of a process until it was ready, of all that lived so long. */
  readyMs: number[]
  /** Kills that met the moment they were meant for. */
  hits: number
  kills: Partial<Record<Victim, number>>
  /** How the server ended: killed itself, or with an exit code when its database was taken. */
  ends: Record<string, number>
  faults: string[]
}

export interface Killer {
  /** Told by the relays; true when the server was killed right now. */
  onMoment(moment: Moment): boolean
  /** Resolves with the last process, which is ready and lives on. */
  run(): Promise<ServerProcess>
  /** The process that runs now, if any. */
  current(): ServerProcess | null
  account: KillerAccount
}

// 2.5 s: a moment that does not come by then is not waited for; any moment is good to be killed at.
const MOMENT_WITHIN_MS = 2_500
// 15 s: the server has 10 to stop in order when its database is gone.
const END_WITHIN_MS = 15_000

export function createKiller({ deck, chance, postgres, start, killed, signal }: KillerOptions): Killer {
  const account: KillerAccount = { readyMs: [], hits: 0, kills: {}, ends: {}, faults: [] }
  let server: ServerProcess | null = null
  let waitsFor: { moment: Moment; strike: () => boolean } | null = null

  function take(victim: Victim): void {
    const postmaster = postgres.postmasterPid()
    const children = victim === 'everything' || victim === 'one backend' ? postgres.childPids() : []
    const takesServer = victim === 'server' || victim === 'server and postmaster' || victim === 'everything'
    // A process that is still starting may have no database yet: then it goes itself.
    const takesDatabase = victim !== 'server' && postmaster !== null
    if (takesServer || !takesDatabase) server?.kill('SIGKILL')
    if (!takesDatabase) return
    if (victim === 'one backend' && children.length > 0) {
      killProcess(chance.pick(children))
      return
    }
    killProcess(postmaster)
    for (const pid of children) killProcess(pid)
  }

  /** Waits for the card's moment and takes its victim. False: it did not come, and the victim was taken all the same. */
  async function play({ when, victim }: Card, beganMs: number): Promise<boolean> {
    if (when.kind === 'start-up') {
      await pause(Math.max(0, when.afterMs - (performance.now() - beganMs)), undefined, { signal })
      take(victim)
      return true
    }
    if (when.kind === 'any') {
      await pause(when.afterMs, undefined, { signal })
      take(victim)
      return true
    }
    const { moment, afterMs } = when
    const hasCome = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), MOMENT_WITHIN_MS)
      waitsFor = {
        moment,
        strike() {
          clearTimeout(timer)
          resolve(true)
          if (afterMs > 0) return false
          take(victim)
          return victim !== 'postmaster' && victim !== 'one backend'
        },
      }
    })
    waitsFor = null
    if (hasCome && afterMs === 0) return true
    if (hasCome) await pause(afterMs, undefined, { signal })
    take(victim)
    return hasCome
  }

  /** Whoever lost its database stops by itself; who had not got hold of it yet may start all the same. */
  async function awaitEnd(of: ServerProcess, { when, victim }: Card): Promise<void> {
    const patience = new AbortController()
    const late = pause(END_WITHIN_MS, 'late' as const, { signal: patience.signal }).catch(() => 'late' as const)
    const started = when.kind === 'start-up' && victim !== 'server' ? [startedAllTheSame(of)] : []
    const ended = await Promise.race([of.ended, late, ...started])
    patience.abort()
    if (ended === 'late' || ended === 'started') {
      of.kill('SIGKILL')
      await of.ended
    }
    if (ended === 'late') {
      account.faults.push(`the server did not end within ${END_WITHIN_MS / 1_000} s of losing its database (${victim})`)
      return
    }
    if (ended === 0 || ended === 1) {
      account.faults.push(`the server ended with ${ended} after a kill (${victim}): ${of.said().split('\n').at(-1)}`)
    }
    const name = ended === 'started' ? 'started all the same' : typeof ended === 'number' ? `exit ${ended}` : 'killed'
    account.ends[name] = (account.ends[name] ?? 0) + 1
  }

  async function startedAllTheSame(of: ServerProcess): Promise<'started' | number | string | null> {
    return (await of.ready) === null ? of.ended : 'started'
  }

  async function startReady(): Promise<ServerProcess> {
    for (let tries = 1; ; tries++) {
      const started = start()
      server = started
      if (await isReady(started)) return started
      if (tries === 3 || signal.aborted) throw new Error(`the server does not start: ${started.said()}`)
    }
  }

  async function isReady(started: ServerProcess): Promise<boolean> {
    const readyMs = await started.ready
    if (readyMs !== null) {
      account.readyMs.push(readyMs)
      return true
    }
    if (!signal.aborted) account.faults.push(`a start failed: ${started.said().split('\n').at(-1) ?? ''}`)
    started.kill('SIGKILL')
    await started.ended
    return false
  }

  async function run(): Promise<ServerProcess> {
    let beganMs = performance.now()
    let running = await startReady()
    let isNew = false
    for (const [index, card] of deck.entries()) {
      signal.throwIfAborted()
      if (isNew && card.when.kind !== 'start-up' && !(await isReady(running))) running = await startReady()
      const isHit = await play(card, beganMs)
      if (isHit) account.hits++
      account.kills[card.victim] = (account.kills[card.victim] ?? 0) + 1
      await awaitEnd(running, card)
      beganMs = performance.now()
      running = start()
      server = running
      isNew = true
      killed(index + 1, `${describe(card)}${isHit ? '' : ' (its moment did not come)'}`)
    }
    return isNew && !(await isReady(running)) ? startReady() : running
  }

  return {
    run,
    account,
    current: () => server,
    onMoment(moment) {
      if (waitsFor === null || waitsFor.moment.kind !== moment.kind || waitsFor.moment.phase !== moment.phase) {
        return false
      }
      const { strike } = waitsFor
      waitsFor = null
      return strike()
    },
  }
}
