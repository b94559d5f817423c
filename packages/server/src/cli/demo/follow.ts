/** Follows the work of a run to its end, and shows how far each piece of it is; then its results to the Airtable. */
import { type Becket, type Document, type JobSummary, MAX_PAGE, type Page } from '@becket/client'
import type { HandedIn } from './gather.ts'
import type { OrderedVideo } from './gather-videos.ts'
import type { Progress } from './progress.ts'
import { hasEnded } from './work-progress.ts'

// 100 s: what takes longer is told as unfinished, and the whole run stays under two minutes.
export const END_WITHIN_MS = 100_000
// A fifth of a second: quick to the eye.
const LOOK_EVERY_MS = 200

export interface UnderWay {
  /** On the clock of `performance.now`. */
  deadlineMs: number
  handedIn: readonly HandedIn[]
  ordered: readonly OrderedVideo[]
}

/** Shows how far each is until all have ended, the time is over, or somebody stops it. */
export async function followToTheEnd(
  becket: Becket,
  { handedIn, ordered, deadlineMs }: UnderWay,
  progress: Progress,
  stopped: { signal: AbortSignal },
): Promise<void> {
  const fileOf = new Map(handedIn.flatMap(({ file, document }) => (document === null ? [] : [[document.id, file]])))
  const videoOf = new Map(ordered.map(({ order, jobId }) => [jobId, order.file]))
  const open = new Set([...fileOf.keys(), ...videoOf.keys()])
  while (open.size > 0 && performance.now() < deadlineMs && !stopped.signal.aborted) {
    for (const { id, status } of await newestOf(becket, fileOf)) {
      if (status === null || !open.has(id)) continue
      progress.update(fileOf.get(id) ?? id, status)
      if (hasEnded(status)) open.delete(id)
    }
    for (const { id, status } of await newestVideos(becket, videoOf)) {
      if (status === null || !open.has(id)) continue
      progress.update(videoOf.get(id) ?? id, status)
      if (hasEnded(status)) open.delete(id)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** The work has ended; what came of it is on its way to the Airtable, which fetches attachments when it likes. */
export async function followDeliveries(
  becket: Becket,
  { deadlineMs, say }: { deadlineMs: number; say: (line: string) => void },
  stopped: { signal: AbortSignal },
): Promise<void> {
  let told = 0
  let pending = await pendingDeliveries(becket)
  while (pending > 0 && performance.now() < deadlineMs && !stopped.signal.aborted) {
    if (pending !== told)
      say(`${pending === 1 ? '1 result is' : `${pending} results are`} still on the way to the Airtable.`)
    told = pending
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    pending = await pendingDeliveries(becket)
  }
}

async function pendingDeliveries(becket: Becket): Promise<number> {
  const sinks = await becket.sinks.list()
  return sinks.reduce((sum, { pending }) => sum + pending, 0)
}

/** They are few: one page holds them all. */
async function newestVideos(becket: Becket, ours: ReadonlyMap<string, unknown>): Promise<JobSummary[]> {
  const { items } = await becket.jobs.list({ pipeline: 'video', limit: MAX_PAGE })
  return items.filter(({ id }) => ours.has(id))
}

/** All of ours, in as few questions as there are pages: to ask for each would be most of the server's work. */
async function newestOf(becket: Becket, ours: ReadonlyMap<string, unknown>): Promise<Document[]> {
  const found: Document[] = []
  let cursor: string | null = null
  do {
    const page: Page<Document> = await becket.documents.list({
      limit: Math.min(MAX_PAGE, Math.max(1, ours.size)),
      ...(cursor === null ? {} : { cursor }),
    })
    found.push(...page.items.filter(({ id }) => ours.has(id)))
    cursor = page.nextCursor
  } while (cursor !== null && found.length < ours.size)
  return found
}
