/** The processes of this machine, as /proc tells of them: Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Processes that work in a folder or below it, or were started with its name: whoever they are called by now. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      if (textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.startsWith('Z')) return false
      return workingFolder(pid).startsWith(folder) || textOf(`/proc/${pid}/cmdline`).includes(folder)
    })
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was gone already, which is what we want.
  }
}

/** Empty if it is not there (any more). */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
