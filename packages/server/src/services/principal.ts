/** Who asks, and how long they are ready to wait for the answer. */
import type { Role } from '@becket/client/contract'

/** Who asks: the key that authenticated the request. Kept with everything done by hand. */
export interface Principal {
  keyId: string
  name: string
  role: Role
}

export interface Wait {
  /** 0: answer at once with the present state. */
  waitMs: number
  /** Aborted when the caller went away or the server stops: then nobody reads the answer. */
  signal: AbortSignal
}

/** For who asks for the present state. Made once: an aborted signal of one's own, with its reason, costs more than the look. */
export const noWait: Wait = { waitMs: 0, signal: AbortSignal.abort(new Error('nobody waits')) }

/** What an event on a timeline keeps of them. */
export function byOf(principal: Principal): { by: string; keyId: string } {
  return { by: principal.name, keyId: principal.keyId }
}
