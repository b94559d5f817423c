/** What is added in one turn of the event loop is written together: one sync for many. No timer, and no queue behind it. */

export interface TurnBatch<Item> {
  /** Resolves when the item was written, rejects when it was not. */
  add(item: Item): Promise<void>
  /** Resolves when nothing is pending. */
  drain(): Promise<void>
  readonly pendingBytes: number
}

interface Entry<Item> {
  item: Item
  resolve: () => void
  reject: (error: unknown) => void
}

/** `write`: all of them, or it throws. */
export function createTurnBatch<Item>(options: {
  sizeOf: (item: Item) => number
  write: (items: readonly Item[]) => void
}): TurnBatch<Item> {
  let pending: Entry<Item>[] = []
  let pendingBytes = 0
  let last: Promise<unknown> = Promise.resolve()

  function flush(): void {
    const batch = pending
    pending = []
    pendingBytes = 0
    try {
      options.write(batch.map(({ item }) => item))
    } catch (error) {
      for (const { reject } of batch) reject(error)
      return
    }
    for (const { resolve } of batch) resolve()
  }

  return {
    get pendingBytes() {
      return pendingBytes
    },
    add(item) {
      const added = new Promise<void>((resolve, reject) => {
        // After all requests that have arrived by now were read: they share one sync.
        if (pending.length === 0) setImmediate(flush)
        pending.push({ item, resolve, reject })
        pendingBytes += options.sizeOf(item)
      })
      last = added.catch(() => {})
      return added
    },
    drain: async () => void (await last),
  }
}
