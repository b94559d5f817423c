import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { registerAdopt } from '../../src/cli/adopt/command.ts'
import { registerDemo } from '../../src/cli/demo/command.ts'
import { registerDoctor } from '../../src/cli/doctor/command.ts'
import { registerDoctorDeploy } from '../../src/cli/doctor-deploy-command.ts'
import type { AppModule, CliIo } from '../../src/cli/io.ts'
import { createProgram } from '../../src/cli/program.ts'
import { renderCliReference } from '../../src/cli/reference.ts'
import { registerRehearse } from '../../src/cli/rehearse/command.ts'
import { AppError } from '../../src/core/error.ts'
import { providers } from '../config/workplace.ts'
import { createTerminal } from './terminal.ts'

type Handler = (signal: 'SIGINT' | 'SIGTERM') => void

/** An app that tells when it starts, and that stops when it is let. */
function fakeApp(steps: { start?: () => Promise<void>; stop?: () => Promise<void> } = {}) {
  const calls: string[] = []
  const handles: { fail: (error: Error) => void } = { fail: () => {} }
  const module: AppModule = {
    providers,
    sinkKinds: [],
    importProvider: async () => ({ kind: 'faulty', reason: 'there is none here' }),
    openDatabase: () => Promise.reject(new Error('not used')),
    createApp: (config, { onFatal }) => ({
      adminKey: { secret: 'test-key', isNew: true },
      address: `http://${config.host}:${config.port}`,
      async start() {
        handles.fail = onFatal
        calls.push(`start ${config.roles.join('+')}`)
        await steps.start?.()
      },
      async stop() {
        calls.push('stop')
        await steps.stop?.()
      },
    }),
  }
  return { calls, handles, loadApp: () => Promise.resolve(module) }
}

function fakeSignals(): Pick<CliIo, 'onSignal' | 'after' | 'exit'> & {
  ready: Promise<Handler>
  limits: (() => void)[]
  exits: number[]
} {
  const limits: (() => void)[] = []
  const exits: number[] = []
  let announce: (handler: Handler) => void = () => {}
  const ready = new Promise<Handler>((resolve) => {
    announce = resolve
  })
  return {
    ready,
    limits,
    exits,
    onSignal(handler) {
      announce(handler)
      return () => {}
    },
    after(_ms, work) {
      limits.push(work)
      return () => {}
    },
    exit: (code) => void exits.push(code),
  }
}

describe('becket serve', () => {
  it('says in one line that it is ready, stops in order at the first signal, and ends with 0', async () => {
    const { calls, loadApp } = fakeApp()
    const signals = fakeSignals()
    const lines: string[] = []
    let isReady = () => {}
    const said = new Promise<void>((resolve) => {
      isReady = resolve
    })
    const out = (line: string) => {
      lines.push(line)
      isReady()
    }
    const { run } = await createTerminal({ loadApp, ...signals, out })
    const running = run('serve', '--roles', 'intake,api', '--port', '7410')
    await said
    expect(lines).toEqual(['becket is ready at http://127.0.0.1:7410 (development; roles intake, api; pid 42)'])
    ;(await signals.ready)('SIGTERM')
    expect((await running).code).toBe(0)
    expect(calls).toEqual(['start intake+api', 'stop'])
    expect(signals.exits).toEqual([])
  })

  it('ends at once at the second signal, and when stopping takes too long', async () => {
    let letStop = () => {}
    const stop = () =>
      new Promise<void>((resolve) => {
        letStop = resolve
      })
    const { loadApp } = fakeApp({ stop })
    const signals = fakeSignals()
    const { run } = await createTerminal({ loadApp, ...signals })
    const running = run('serve')
    const signal = await signals.ready
    signal('SIGINT')
    signal('SIGINT')
    expect(signals.exits).toEqual([130])
    signals.limits[0]?.()
    expect(signals.exits).toEqual([130, 1])
    letStop()
    await running
  })

  it('told to stop while it starts, stops, and is not ready in between', async () => {
    let fail = (_error: Error) => {}
    const start = () =>
      new Promise<void>((_resolve, reject) => {
        fail = reject
      })
    const stop = () => Promise.resolve(fail(new Error('stopped while starting')))
    const { loadApp } = fakeApp({ start, stop })
    const signals = fakeSignals()
    const { run } = await createTerminal({ loadApp, ...signals })
    const running = run('serve')
    ;(await signals.ready)('SIGTERM')
    const { code, out } = await running
    expect(code).toBe(0)
    expect(out).toBe('')
  })

  it('stops what did start when the start fails', async () => {
    const taken = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:7400'), { code: 'EADDRINUSE' })
    const { calls, loadApp } = fakeApp({ start: () => Promise.reject(taken) })
    const { run } = await createTerminal({ loadApp })
    const { code, err } = await run('serve')
    expect(code).toBe(69)
    expect(err).toContain('--port')
    expect(calls).toEqual(['start intake+api+worker', 'stop'])
  })

  it('stops in order and fails when the app cannot go on, and shows a new admin key once', async () => {
    const { calls, handles, loadApp } = fakeApp()
    let isReady = () => {}
    const said = new Promise<void>((resolve) => {
      isReady = resolve
    })
    const { run } = await createTerminal({ loadApp, out: () => isReady() })
    const running = run('serve')
    await said
    handles.fail(new AppError('DATABASE_UNREACHABLE', 'The database went away'))
    const { code, err } = await running
    expect(code).toBe(69)
    expect(err).toMatch(/^Admin key, shown this once and kept in .*admin\.key: test-key$/m)
    expect(err).toContain('error: The database went away')
    expect(calls.slice(0, 2)).toEqual(['start intake+api+worker', 'stop'])
  })

  it('starts nothing with a configuration that cannot work', async () => {
    const { calls, loadApp } = fakeApp()
    const { run, cwd } = await createTerminal({ loadApp })
    await writeFile(join(cwd, 'becket.yaml'), 'prot: 1\nhost: 7\nlogLevel: loud\n')
    const { code, err } = await run('serve')
    expect(code).toBe(78)
    expect(err).toContain(
      '2 problems in the configuration:\n  prot: unknown option `prot`, did you mean `port`? (becket.yaml:1)',
    )
    expect(calls).toEqual([])
  })
})

describe('becket config', () => {
  it('prints a table for people and JSON for programs', async () => {
    const { run, cwd } = await createTerminal({ loadApp: fakeApp().loadApp })
    await writeFile(join(cwd, '.env'), 'PORT=7411\n')
    expect((await run('config')).out).toMatch(/port +7411 +env PORT \(\.env\)/)
    const { options } = JSON.parse((await run('config', '--json')).out)
    expect(options).toContainEqual({ path: 'port', value: '7411', origin: 'env PORT (.env)' })
  })
})

describe('help', () => {
  it('is what docs/reference/cli.md says (vitest -u writes it anew)', async () => {
    const { io } = await createTerminal()
    const program = createProgram(io, () => {}, '0.0.0', [
      registerDemo,
      registerRehearse,
      registerAdopt,
      registerDoctor,
      registerDoctorDeploy,
    ])
    const page = fileURLToPath(new URL('../../../../docs/reference/cli.md', import.meta.url))
    await expect(renderCliReference(program)).toMatchFileSnapshot(page)
  })

  it('is a result when it was asked for, and a usage error when a command is missing', async () => {
    const { run } = await createTerminal()
    const asked = await run('--help')
    expect([asked.code, asked.err]).toEqual([0, ''])
    expect(asked.out).toContain('78  the configuration cannot work')
    expect((await run('jobs')).code).toBe(2)
    expect((await run()).code).toBe(2)
    expect((await run('--version')).out).toBe('0.0.0\n')
  })
})
