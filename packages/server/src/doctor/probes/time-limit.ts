/** Work within a time, whether or not it can be told to stop: nobody waits for what does not answer. */

export type Within<Value> = { kind: 'done'; value: Value } | { kind: 'late' } | { kind: 'stopped' }

/** `late`: its own time was over; `stopped`: the whole examination's. What it threw is thrown. */
export async function within<Value>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Within<Value>> {
  if (signal.aborted) return { kind: 'stopped' }
  const own = new AbortController()
  let giveUp: (answer: Within<never>) => void = () => {}
  const over = new Promise<Within<never>>((resolve) => {
    giveUp = resolve
  })
  const stop = () => giveUp({ kind: 'stopped' })
  const timer = setTimeout(() => giveUp({ kind: 'late' }), limitMs)
  signal.addEventListener('abort', stop, { once: true })
  const done = work(own.signal).then((value): Within<Value> => ({ kind: 'done', value }))
  // After its time is over nobody hears how it ended.
  done.catch(() => {})
  try {
    return await Promise.race([done, over])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    own.abort()
  }
}
