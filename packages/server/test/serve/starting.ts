/** One process of Becket, started inside the test with short times, and what it says of itself meanwhile. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readinessSchema, type StartupStep } from '@becket/client/contract'
import { stringify } from 'yaml'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import type { StartupEvent } from '../../src/startup/startup.ts'
import { freePort } from '../chaos/listen-on.ts'
import { until } from './setup.ts'

export const API_KEY = 'test-admin-key'

export async function starting(settings: Record<string, unknown>, timeLimitsMs: Record<string, number> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'becket-start-'))
  const port = await freePort()
  const configuration = {
    port,
    dataDir: join(directory, 'data'),
    apiKey: API_KEY,
    serverKeys: [{ id: 'test', key: 'test-key-of-the-server' }],
    ...settings,
  }
  await writeFile(join(directory, 'becket.yaml'), stringify(configuration))
  const { config } = await loadConfig({ env: {}, cwd: directory, providers, sinkKinds })
  const events: StartupEvent[] = []
  const app = createApp(config, {
    log: silentLog,
    onStep: (event) => void events.push(event),
    startup: { retry: { baseMs: 20, capMs: 80 }, slowAfterMs: 100, timeLimitsMs },
  })
  const ready = app.start()
  // Some are stopped before; who waits for it hears it.
  ready.catch(() => {})
  await until(() => app.address !== null)
  const url = `http://127.0.0.1:${port}`

  async function readiness() {
    const response = await fetch(`${url}/readyz`)
    return { status: response.status, ...readinessSchema.omit({ status: true }).parse(await response.json()) }
  }

  return {
    app,
    url,
    ready,
    events,
    readiness,
    async step(name: string): Promise<StartupStep | undefined> {
      return (await readiness()).steps.find((step) => step.name === name)
    },
    /** The status, and how long it took. */
    async probe(path: string, init: RequestInit = {}) {
      const beganMs = performance.now()
      const response = await fetch(`${url}${path}`, init)
      const body: unknown = await response.json()
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body,
        tookMs: performance.now() - beganMs,
      }
    },
    [Symbol.asyncDispose]: async () => {
      await app.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
