/** Spreads the documents over the kills, so that each kill meets a batch that is under way. */
export function createTurns(documents: number, kills: number) {
  const waiting: { index: number; go: () => void }[] = []
  // The last fifth of the kills finds everything handed in.
  const allowed = (count: number) => Math.ceil((documents * (count + 2)) / (kills * 0.8 + 1))
  let done = 0
  return {
    of: (index: number) =>
      new Promise<void>((go) => {
        if (index < allowed(done)) go()
        else waiting.push({ index, go })
      }),
    open(count: number) {
      done = count
      for (const { index, go } of waiting.splice(0)) {
        if (index < allowed(done) || count >= kills) go()
        else waiting.push({ index, go })
      }
    },
  }
}
