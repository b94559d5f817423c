/**
 * Two ways in which a database goes away: it is gone, its connections broken and new ones refused; or it hangs, taking
 * connections and answering nothing. Each comes back as it was.
 */
import { readdir, readFile } from 'node:fs/promises'
import process from 'node:process'

export const ways = {
  /** As after a crash: it begins with a recovery. */
  stopped: {
    takeAway: (postgres) => postgres.stop({ mode: 'immediate', keep: true }),
    giveBack: (postgres) => postgres.start(),
  },
  frozen: {
    takeAway: (postgres) => signalAll(postgres.pid(), 'SIGSTOP'),
    giveBack: (postgres) => signalAll(postgres.pid(), 'SIGCONT'),
  },
}

/** The postmaster first: it starts nobody then. */
async function signalAll(postmaster, signal) {
  process.kill(postmaster, signal)
  for (const pid of await childrenOf(postmaster)) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      // Ended between being listed and now.
      if (error.code !== 'ESRCH') throw error
    }
  }
}

async function childrenOf(parent) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')]),
  )
  // The name stands in parentheses and may hold anything; the parent is the second field after it.
  const isChild = ([, stat]) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
  return stats.filter(isChild).map(([pid]) => Number(pid))
}
