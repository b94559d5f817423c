/** A working directory of its own for one test, with what `loadConfig` needs beside it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type LoadedConfig, type LoadRequest, loadConfig } from '../../src/config/load.ts'
import { ConfigurationError, formatProblem } from '../../src/config/problem.ts'
import type { ProviderRegistry } from '../../src/config/source-config.ts'

const MINUTE = 60_000

export const providers: ProviderRegistry = [
  {
    name: 'llamaparse',
    options: z.strictObject({ tier: z.enum(['fast', 'agentic']).default('fast'), projectKey: z.string().optional() }),
    operations: { parse: { expectWithinMs: 3 * MINUTE, deadlineMs: 600 * MINUTE, resubmit: 'safe' } },
    baseUrl: () => 'https://api.parser.example',
    verify: () => null,
  },
  {
    name: 'openai',
    options: z.strictObject({}),
    operations: { embed: { expectWithinMs: MINUTE, deadlineMs: 60 * MINUTE, resubmit: 'safe' } },
  },
  {
    name: 'http',
    options: z.strictObject({ read: z.strictObject({ externalId: z.string(), status: z.string() }).optional() }),
    operations: { call: { expectWithinMs: MINUTE, deadlineMs: 60 * MINUTE, resubmit: 'ask' } },
  },
  {
    name: 'open',
    options: z.strictObject({}),
    operations: { '*': { expectWithinMs: MINUTE, deadlineMs: 60 * MINUTE, resubmit: 'never' } },
  },
]

export interface Workplace {
  cwd: string
  load(env?: Record<string, string>, flags?: Record<string, string>): Promise<LoadedConfig>
  /** The problems, each as one line; fails when there are none. */
  problems(env?: Record<string, string>, flags?: Record<string, string>): Promise<string[]>
}

export async function createWorkplace(
  files: Record<string, string> = {},
  sinkKinds: LoadRequest['sinkKinds'] = [],
): Promise<Workplace> {
  const cwd = await mkdtemp(join(tmpdir(), 'becket-config-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  const load: Workplace['load'] = (env = {}, flags = {}) => loadConfig({ env, cwd, providers, sinkKinds, flags })
  return {
    cwd,
    load,
    async problems(env, flags) {
      try {
        await load(env, flags)
      } catch (error) {
        if (error instanceof ConfigurationError) return error.problems.map(formatProblem)
        throw error
      }
      throw new Error('the configuration was accepted')
    },
  }
}
