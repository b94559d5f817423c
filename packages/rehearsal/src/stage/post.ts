/** One try to deliver one callback: one request with a deadline, no redirects, and the answer's body thrown away. */

export interface PostAnswer {
  /** Null: no answer. */
  status: number | null
  fault: string | null
  tookMs: number
}

export async function post(
  request: { url: string; headers: Record<string, string>; body?: string; timeoutMs: number },
  signal: AbortSignal,
): Promise<PostAnswer> {
  const startedMs = performance.now()
  const tookMs = () => Math.round(performance.now() - startedMs)
  const giveUp = new AbortController()
  const end = () => giveUp.abort(signal.reason)
  const deadline = setTimeout(() => giveUp.abort(), request.timeoutMs)
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    const answer = await fetch(request.url, {
      // Without a body: what is left of a callback after a redirect.
      method: request.body === undefined ? 'GET' : 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal: giveUp.signal,
    })
    await answer.body?.cancel()
    return { status: answer.status, fault: null, tookMs: tookMs() }
  } catch (fault) {
    signal.throwIfAborted()
    const name = giveUp.signal.aborted ? `no answer within ${request.timeoutMs} ms` : describe(fault)
    return { status: null, fault: name, tookMs: tookMs() }
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', end)
  }
}

/** fetch hides the reason in `cause`. The address stays out: it may carry a token. */
function describe(fault: unknown): string {
  const cause = fault instanceof Error ? fault.cause : undefined
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return fault instanceof Error ? fault.name : 'unknown fault'
}
