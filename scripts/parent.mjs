/** Ends this process as SIGTERM would when its parent is gone: npm, told to stop, ends its shell but not what runs in it. */
import process from 'node:process'

// 0.5 s: of the ten that everything has to be gone in.
const EVERY_MS = 500

export function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, EVERY_MS)
  timer.unref()
}
