/** Hands in the work of a run, as its user would: documents are uploaded, videos are ordered. */
import { type Becket, BecketError } from '@becket/client'
import { type DemoFile, readFacts } from './demo-files.ts'
import type { VideoOrder } from './demo-videos.ts'
import type { HandedIn } from './gather.ts'
import type { OrderedVideo } from './gather-videos.ts'
import type { Progress } from './progress.ts'

// Four at once, as a browser would send them.
const UPLOADS_AT_ONCE = 4

/** One after the other as far as order goes, several at once as far as time goes. */
export async function handInAll(
  becket: Becket,
  files: readonly DemoFile[],
  progress: Progress,
  stopped: { signal: AbortSignal },
): Promise<HandedIn[]> {
  const handedIn: HandedIn[] = []
  const waiting = [...files.entries()]
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && !stopped.signal.aborted; next = waiting.shift()) {
      const [index, file] = next
      progress.update(file.name, 'uploading')
      handedIn[index] = await handIn(becket, file)
      const { document } = handedIn[index]
      progress.update(file.name, document === null ? 'refused' : (document.status ?? 'uploaded'))
    }
  }
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, work))
  return handedIn.filter((handed) => handed !== undefined)
}

async function handIn(becket: Becket, file: DemoFile): Promise<HandedIn> {
  const { content, sha256 } = await readFacts(file)
  const facts = { file: file.name, bytes: content.size, sha256 }
  try {
    const document = await becket.documents.submit(content, { filename: file.name, sha256 })
    return { ...facts, document, refusal: null }
  } catch (error) {
    if (!(error instanceof BecketError)) throw error
    const refusal = {
      code: error.code,
      reads: `${error.title}. ${error.hint}`,
      supportId: error.requestId ?? null,
    }
    return { ...facts, document: null, refusal }
  }
}

/** `run` makes the keys those of this run: the same key again is the same job, which an earlier run has done. */
export async function orderAll(
  becket: Becket,
  orders: readonly VideoOrder[],
  run: string,
  progress: Progress,
): Promise<OrderedVideo[]> {
  const ordered: OrderedVideo[] = []
  for (const order of orders) {
    const job = await becket.jobs.create({ pipeline: 'video', key: `${run}/${order.file}`, input: order.input })
    progress.update(order.file, 'pending')
    ordered.push({ order, jobId: job.id })
  }
  return ordered
}
