/** One process at a time, by a file that names its holder. A holder that died without cleaning up holds nothing. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

export async function withLock(path, say, work) {
  let said = false
  while (!take(path)) {
    const holder = Number(read(path))
    if (holder > 0 && !isAlive(holder)) {
      setAside(path, holder)
      continue
    }
    if (!said && holder > 0) say(`another set-up (process ${holder}) is at work here; waiting for it`)
    said = true
    await delay(200)
  }
  const release = () => rmSync(path, { force: true })
  // Also when somebody presses Ctrl-C during an installation.
  process.once('exit', release)
  const onSignal = () => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, onSignal)
  try {
    return await work()
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, onSignal)
    process.removeListener('exit', release)
    release()
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Moved before it is deleted, so that of two who see the same dead holder, neither deletes the other's fresh lock. */
function setAside(path, holder) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return // the other one was quicker
  }
  if (Number(read(aside)) !== holder) renameSync(aside, path)
  else rmSync(aside, { force: true })
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
