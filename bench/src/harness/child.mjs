/**
 * Processes that the bench starts: modules of its own, which answer commands over Node's channel, and programs of others.
 * Each is waited for until it is ready, and ends with this process. See serve.mjs for the side of the module.
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { measuredNode, nodeFlags } from './paths.mjs'

// 60 s: a first start makes a schema or a store; more is a fault.
const START_MS = 60_000
// 10 s to end in order, which is what an orchestrator gives.
const STOP_MS = 10_000

/**
 * Starts a module of the bench, which calls `serve` with what it can do. `ready` is what that module said when it was.
 * `execArgv` goes to Node, as for a profile.
 */
export async function startModule(file, { options = {}, env = {}, execArgv = [], cwd } = {}) {
  const child = fork(file, [JSON.stringify(options)], {
    execPath: measuredNode(),
    execArgv: [...nodeFlags, ...execArgv],
    cwd,
    env: { ...cleanEnvironment(), NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const kept = keep(child, file)
  const waiting = new Map()
  const listeners = new Map()
  let next = 0
  const said = new Promise((resolve) => {
    child.on('message', (message) => {
      if (message.kind === 'ready') resolve(message.value)
      if (message.kind === 'event') listeners.get(message.name)?.(message.value)
      if (message.kind === 'answer') {
        const { resolve: answer, reject } = waiting.get(message.id)
        waiting.delete(message.id)
        if (message.error === undefined) answer(message.value)
        else reject(new Error(`${kept.name}: ${message.error}`))
      }
    })
  })
  kept.ended.then((how) => {
    for (const { reject } of waiting.values()) reject(new Error(`${kept.name} ended (${how}): ${kept.lastWords()}`))
    waiting.clear()
  })
  const ready = await kept.until(said)
  return {
    ...kept,
    ready,
    /** Runs one of the commands that the module serves. */
    ask(command, value) {
      if (kept.isGone()) return Promise.reject(new Error(`${kept.name} is gone: ${kept.lastWords()}`))
      return new Promise((resolve, reject) => {
        const id = next++
        waiting.set(id, { resolve, reject })
        child.send({ id, command, value })
      })
    },
    /** One listener for each name: what the module tells without being asked. */
    on(name, listener) {
      listeners.set(name, listener)
    },
  }
}

/** Starts any program; ready when `readyUrl` answers 2xx. */
export async function startProgram(command, args, { name = command, env = {}, cwd, readyUrl } = {}) {
  const child = spawn(command, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const kept = keep(child, name)
  if (readyUrl !== undefined) await kept.until(answers(readyUrl, kept.isGone))
  return kept
}

/** Resolves when the address answers 2xx, or nobody will. */
export async function answers(url, isGone = () => false) {
  const until = performance.now() + START_MS
  while (!isGone() && performance.now() < until) {
    const status = await request(url).then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      () => 0,
    )
    if (status >= 200 && status < 300) return
    await delay(50)
  }
}

function keep(child, path) {
  const name = path.split('/').at(-1)
  let output = ''
  let gone = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      // The end is what says why; a server that logs much must not fill our memory.
      output = (output + data).slice(-8_000)
    })
  }
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit').then(
    ([code, signal]) => signal ?? code,
    (error) => error.message,
  )
  ended.then(() => {
    gone = true
    process.off('exit', kill)
  })
  const lastWords = () => output.trim().split('\n').slice(-12).join('\n')
  return {
    name,
    pid: child.pid,
    ended,
    lastWords,
    isGone: () => gone,
    signal: (signal) => child.kill(signal),
    async until(ready) {
      const outcome = await Promise.race([
        Promise.resolve(ready).then((value) => ({ value })),
        ended.then((how) => ({ problem: `ended (${how}) before it was ready` })),
        delay(START_MS, undefined, { ref: false }).then(() => ({ problem: `was not ready in ${START_MS / 1000} s` })),
      ])
      if (outcome.problem === undefined && !gone) return outcome.value
      kill()
      throw new Error(`${name} ${outcome.problem ?? 'ended'}:\n${lastWords()}`)
    },
    async stop() {
      if (gone) return
      child.kill('SIGTERM')
      const late = delay(STOP_MS, 'late', { ref: false })
      if ((await Promise.race([ended, late])) === 'late') kill()
      await ended
    },
  }
}

/** What must not reach the measured: settings of the one who runs this. */
function cleanEnvironment() {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR, LANG }).filter(([, value]) => value !== undefined))
}
