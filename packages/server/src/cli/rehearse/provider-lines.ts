/** One line for each thing that a stand-in did, and a tally of all. Pure: prints nothing, cuts no id. */
import type { Entry, Summary } from '@becket/rehearsal'

export function lineOf(entry: Entry): string {
  const at = new Date(entry.atMs).toISOString().slice(11, 23)
  return `${at}  ${entry.kind.padEnd(16)}  ${factsOf(entry)}`
}

function factsOf(entry: Entry): string {
  switch (entry.kind) {
    case 'fault':
      return `${entry.fault} struck${entry.jobId === null ? '' : ` job ${entry.jobId}`}, attempt ${entry.attempt}`
    case 'submit': {
      const key = entry.clientKey === null ? '' : `, key ${entry.clientKey}`
      return `${entry.jobId === null ? 'not taken' : `job ${entry.jobId}`}: ${entry.filename}, attempt ${entry.attempt}${key}`
    }
    case 'submit-answer':
      return `${entry.jobId === null ? 'no job' : `job ${entry.jobId}`}: ${statusText(entry.status)}`
    case 'job-finished':
      return `job ${entry.jobId}: ${entry.outcome}${entry.code === null ? '' : ` (${entry.code})`}`
    case 'callback': {
      const copy = entry.copy === 0 ? '' : `, copy ${entry.copy}`
      return `job ${entry.jobId}: ${statusText(entry.status, entry.fault)} in ${entry.tookMs} ms${copy}, try ${entry.try}`
    }
    case 'callback-lost':
      return `job ${entry.jobId}: nobody is told`
    case 'callback-delayed':
      return `job ${entry.jobId}: by ${entry.ms} ms`
    case 'callback-held':
      return `job ${entry.jobId}: ${entry.why}`
    case 'callback-dropped':
      return `job ${entry.jobId}: ${entry.why}; it is not sent again`
    case 'job-forgotten':
      return `job ${entry.jobId}: it never will be done`
    case 'check':
      return `job ${entry.jobId}: ${entry.asked} ${entry.status}${entry.word === null ? '' : ` ${entry.word}`}`
    case 'embed':
      return `${entry.items} items, ${entry.tokens} tokens, attempt ${entry.attempt}: ${statusText(entry.status)}`
    case 'object':
      return `${entry.operation} ${entry.bucket}/${entry.path}: ${entry.outcome} (${statusText(entry.status)})`
    case 'records': {
      const told = entry.error ?? `${entry.recordIds.length} records, ${entry.created} of them new`
      return `${entry.operation} ${entry.base}/${entry.table}: ${statusText(entry.status)}, ${told}`
    }
    case 'attachment': {
      const bytes = entry.bytes === null ? '' : `, ${entry.bytes} bytes`
      return `${entry.attachmentId} of ${entry.recordId}: ${entry.outcome}${bytes}${entry.why === null ? '' : ` (${entry.why})`}`
    }
    default:
      throw entry satisfies never
  }
}

function statusText(status: number | null, fault: string | null = null): string {
  return status === null ? (fault ?? 'no answer') : String(status)
}

/** What is not zero, in the order in which it comes about. */
export function tallyOf({ submits, jobs, callbacks, checks, embeds, objects, tables, faults }: Summary): string[] {
  const counts: [string, number][] = [
    ['submits', submits],
    ['jobs taken', jobs],
    ['callbacks delivered', callbacks.delivered],
    ['callbacks refused', callbacks.failed],
    ['callbacks lost', callbacks.lost],
    ['callbacks sent again', callbacks.duplicates],
    ['checks', checks],
    ['embedding requests', embeds],
    ['object requests', objects.touched],
    ['table requests', tables.requests],
    ['of them throttled', tables.throttled],
    ['records made', tables.created],
    ['attachments fetched', tables.attachmentsFetched],
    ['attachments never fetched', tables.attachmentsDead],
    ...Object.entries(faults).map(([name, count]): [string, number] => [`fault ${name}`, count]),
  ]
  const lines = counts.filter(([, count]) => count > 0).map(([name, count]) => `${String(count).padStart(6)}  ${name}`)
  return lines.length > 0 ? lines : ['nobody asked anything']
}
