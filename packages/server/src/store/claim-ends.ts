/**
 * Which claims this process has finished for good: nothing of theirs is left in the table, so that nobody need look
 * whether more is to be done. Only a hint, in memory; what holds is the row.
 */
// By the claim itself, whatever it looks like.
const ended = new WeakSet<object>()

export function noteEnd(claim: object): void {
  ended.add(claim)
}

/** What was done was undone with its transaction. */
export function forgetEnd(claim: object): void {
  ended.delete(claim)
}

export function hasEnded(claim: object): boolean {
  return ended.has(claim)
}
