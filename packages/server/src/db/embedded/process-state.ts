/** What the system knows of a process by its id. */
import { readFile } from 'node:fs/promises'
import { hasCode } from './has-code.ts'
import { run } from './run.ts'

export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false
  }
  return !(await isUnburied(pid))
}

/** Dead, but still in the system's list, since its parent has not asked how it ended. */
export async function isUnburied(pid: number): Promise<boolean> {
  const state = (await readText(`/proc/${pid}/stat`)).split(') ').at(-1)?.charAt(0)
  return state === 'Z' || state === 'X'
}

/** What runs under a pid; `undefined` where that cannot be told. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  const command = await readText(`/proc/${pid}/cmdline`)
  if (command !== '') return command
  const { ok, output } = await run('ps', ['-o', 'command=', '-p', String(pid)], undefined, '/')
  return ok && output !== '' ? output : undefined
}

/** Empty if the file is not there. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return ''
    throw error
  }
}
