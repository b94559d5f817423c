/** The ledger in figures, kept as deeds come in, so that it stays right when old entries are dropped. */
import type { FaultName } from '../faults/faults.ts'
import type { Deed } from './deed.ts'

export interface Summary {
  /** Every submit that reached the stand-in, taken or not. */
  submits: number
  /** Works taken: what a real provider would bill. */
  jobs: number
  files: number
  /** Files of which more than one submit was taken. */
  filesTakenAgain: number
  /** Client keys of which more than one submit was taken: the same attempt of the caller was submitted twice. */
  clientKeysTakenAgain: number
  /** Submits by client key; see `clientKey` in `deed.ts`. */
  submitsByClientKey: Record<string, number>
  callbacks: {
    /** Tries that the receiver answered with 2xx. */
    delivered: number
    /** Tries that it refused, or that met no answer. */
    failed: number
    /** Of all tries, those that repeated an earlier callback. */
    duplicates: number
    lost: number
    delayed: number
    held: number
    dropped: number
  }
  checks: number
  embeds: number
  embeddedItems: number
  objects: { touched: number; notYetVisible: number; missing: number }
  /** Requests to tables, and of the attachments those that arrived and those that never will. */
  tables: { requests: number; throttled: number; created: number; attachmentsFetched: number; attachmentsDead: number }
  /** How often each fault struck. */
  faults: Partial<Record<FaultName, number>>
}

export interface Tally {
  count(deed: Deed): void
  summary(): Summary
}

export function createTally(): Tally {
  const takenByFile = new Map<string, number>()
  const takenByClientKey = new Map<string, number>()
  const submitsByClientKey = new Map<string, number>()
  const files = new Set<string>()
  const faults = new Map<FaultName, number>()
  let submits = 0
  let jobs = 0
  const callbacks = { delivered: 0, failed: 0, duplicates: 0, lost: 0, delayed: 0, held: 0, dropped: 0 }
  let checks = 0
  let embeds = 0
  let embeddedItems = 0
  const objects = { touched: 0, notYetVisible: 0, missing: 0 }
  const tables = { requests: 0, throttled: 0, created: 0, attachmentsFetched: 0, attachmentsDead: 0 }

  return {
    count(deed) {
      switch (deed.kind) {
        case 'fault':
          increase(faults, deed.fault)
          return
        case 'submit':
          submits++
          files.add(deed.work)
          if (deed.clientKey !== null) increase(submitsByClientKey, deed.clientKey)
          if (deed.jobId === null) return
          jobs++
          increase(takenByFile, deed.work)
          if (deed.clientKey !== null) increase(takenByClientKey, deed.clientKey)
          return
        case 'callback':
          if (deed.status !== null && deed.status >= 200 && deed.status < 300) callbacks.delivered++
          else callbacks.failed++
          if (deed.copy > 0) callbacks.duplicates++
          return
        case 'callback-lost':
          callbacks.lost++
          return
        case 'callback-delayed':
          callbacks.delayed++
          return
        case 'callback-held':
          callbacks.held++
          return
        case 'callback-dropped':
          callbacks.dropped++
          return
        case 'check':
          checks++
          return
        case 'embed':
          embeds++
          embeddedItems += deed.items
          return
        case 'object':
          objects.touched++
          if (deed.outcome === 'not-yet-visible') objects.notYetVisible++
          if (deed.outcome === 'missing') objects.missing++
          return
        case 'records':
          tables.requests++
          if (deed.status === 429) tables.throttled++
          tables.created += deed.created
          return
        case 'attachment':
          if (deed.outcome === 'fetched') tables.attachmentsFetched++
          if (deed.outcome === 'dead' || deed.outcome === 'refused') tables.attachmentsDead++
          return
        case 'submit-answer':
        case 'job-finished':
        case 'job-forgotten':
          return
        default:
          throw deed satisfies never
      }
    },
    summary: () => ({
      submits,
      jobs,
      files: files.size,
      filesTakenAgain: above(takenByFile, 1),
      clientKeysTakenAgain: above(takenByClientKey, 1),
      submitsByClientKey: Object.fromEntries(submitsByClientKey),
      callbacks: { ...callbacks },
      checks,
      embeds,
      embeddedItems,
      objects: { ...objects },
      tables: { ...tables },
      faults: Object.fromEntries(faults),
    }),
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function above(counts: Map<string, number>, limit: number): number {
  return [...counts.values()].filter((count) => count > limit).length
}
