/** The variables that are there: those of the process over those of `.env`. Never writes to `process.env`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

export interface Variables {
  /** Undefined when the variable is not set, or set to nothing. */
  get(name: string): string | undefined
  isFromDotenv(name: string): boolean
  names(): string[]
}

export async function readVariables(env: Record<string, string | undefined>, cwd: string): Promise<Variables> {
  return createVariables(env, parseEnv(await readIfThere(join(cwd, '.env'))))
}

export function createVariables(
  env: Record<string, string | undefined>,
  dotenv: Record<string, string | undefined>,
): Variables {
  const present = (value: string | undefined) => (value === undefined || value.trim() === '' ? undefined : value)
  return {
    get: (name) => present(env[name]) ?? present(dotenv[name]),
    isFromDotenv: (name) => present(env[name]) === undefined && present(dotenv[name]) !== undefined,
    names: () =>
      [...new Set([...Object.keys(env), ...Object.keys(dotenv)])].filter(
        (name) => present(env[name]) !== undefined || present(dotenv[name]) !== undefined,
      ),
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // Somebody else's `.env`, or a folder of that name, is as good as none.
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EISDIR', 'EACCES'].includes(String(error.code)))
      return ''
    throw error
  }
}
