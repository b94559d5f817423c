/** Fetches a file that somebody named by its address, within bounds. Whether the address may be asked is decided before. */

export interface FetchedFile {
  bytes: Buffer
  type: string
}

// 10 s and 32 MiB: more than any sample needs, less than would hurt a small machine.
const TIMEOUT_MS = 10_000
const MAX_BYTES = 32 * 1024 * 1024

/** The file, or why there is none, without its address, which may be signed. Throws only when `signal` aborts. */
export async function fetchFile(url: string, signal: AbortSignal): Promise<FetchedFile | string> {
  try {
    const answer = await fetch(url, {
      // A redirect could lead where we must not call.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel()
      return `answered ${answer.status}`
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      bytes += chunk.length
      // Leaving the loop cancels the rest.
      if (bytes > MAX_BYTES) return 'too large'
    }
    const type = answer.headers.get('content-type') ?? 'application/octet-stream'
    return bytes === 0 ? 'empty' : { bytes: Buffer.concat(chunks), type }
  } catch (fault) {
    signal.throwIfAborted()
    return fault instanceof Error && fault.name === 'TimeoutError' ? 'no answer in time' : 'cannot be reached'
  }
}
