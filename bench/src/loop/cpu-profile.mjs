/** Reads a CPU profile of V8: how much time each package and file had to itself. Pure. */

/**
 * Samples between two times of the monotonic clock, in microseconds, by what they were in: a package, a file of Becket,
 * a module of Node, or V8's own work. Answers `{ name, share, ms }`, greatest first; shares are of the time not idle.
 */
export function selfTimes(profile, { fromUs = 0, untilUs = Number.POSITIVE_INFINITY, by = nameOfFile } = {}) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const times = new Map()
  let at = profile.startTime
  let busy = 0
  profile.samples.forEach((id, index) => {
    const delta = Math.max(profile.timeDeltas[index], 0)
    at += delta
    if (at < fromUs || at > untilUs) return
    const { callFrame } = nodes.get(id)
    if (callFrame.functionName === '(idle)') return
    const name = by(callFrame)
    busy += delta
    times.set(name, (times.get(name) ?? 0) + delta)
  })
  return [...times].map(([name, us]) => ({ name, share: us / busy, ms: us / 1_000 })).sort((a, b) => b.ms - a.ms)
}

/** A package whole, a file of Becket's own by its room: `pg-protocol`, `becket: store/wakeups`, `node:net`, `(program)`. */
export function nameOfFile({ url, functionName }) {
  if (url === '') return functionName.startsWith('(') ? functionName : '(built in)'
  if (url.startsWith('node:')) return url
  const path = decodeURIComponent(url)
  const own = /\/packages\/(\w+)\/dist\/(.+)\.js$/.exec(path)
  if (own !== null) return `${own[1] === 'server' ? 'becket' : own[1]}: ${own[2]}`
  const parts = path.split('/node_modules/')
  if (parts.length > 1)
    return parts
      .at(-1)
      .split('/')
      .slice(0, parts.at(-1).startsWith('@') ? 2 : 1)
      .join('/')
  return path.split('/').slice(-2).join('/')
}

/** By function within its file, for a closer look. */
export function nameOfFunction(callFrame) {
  const { functionName, lineNumber } = callFrame
  return `${nameOfFile(callFrame)} ${functionName === '' ? '(anonymous)' : functionName}:${lineNumber + 1}`
}
