/**
 * Whose sake a request is made for: known by the signal that the call of a provider's code is given, and that each of its
 * requests carries. Only records read it. What follows a call through its promises by itself (`AsyncLocalStorage`) makes,
 * on Node 20 and 22, every promise of the process dearer.
 */
const subjects = new WeakMap<AbortSignal, string>()

/** The signal to call with: every request that carries it is recorded with this id. */
export function signalFor(id: string, signal: AbortSignal): AbortSignal {
  const known = subjects.get(signal)
  if (known === id) return signal
  // What it was handed out for before may still be under way.
  const own = known === undefined ? signal : AbortSignal.any([signal])
  subjects.set(own, id)
  return own
}

/** Null: a request that is made for nobody, or with a signal of the provider's own making. */
export function subjectOf(signal: AbortSignal): string | null {
  return subjects.get(signal) ?? null
}
