/**
 * Delivers a batch to one table: rows first, then, at later tries, a look whether Airtable has fetched what was attached.
 * Waits for no attachment itself: it says when to come back, and others are served meanwhile.
 */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import { describeDuration } from '../../core/duration.ts'
import { isWanted, skipped } from '../result-types.ts'
import type { Delivery, SinkApi, SinkTools } from '../sink.ts'
import { judgeAttachments, type Memory, memoryOf, nextLookMs } from './memory.ts'
import type { AirtableOptions } from './options.ts'
import { pingTable } from './ping.ts'
import { rejectionOf } from './refusal.ts'
import { type Cells, cellsOf, type Enclosure, enclosuresOf, recordIdOf, runIdOf } from './row.ts'
import { createTable, type TableRecord } from './table.ts'
import { fieldsToUpload, uploadMissing } from './uploading.ts'
import { type Written, writeRows } from './writing.ts'

// A day: a lockout is over in 30 s. Whoever is turned away for so long has used up what the plan of the base grants.
const LONGEST_LIMIT_MS = 24 * 3_600_000

type Answers = Map<Delivery, DeliveryAnswer>
type Attaching = { delivery: Delivery; memory: Memory }

export function createDelivering(sink: string, options: AirtableOptions, tools: SinkTools): SinkApi {
  const table = createTable(sink, options, tools)
  const fields = Object.keys(options.attachments)
  const linkTtlMs = options.linkFor

  async function linksOf(wanted: Readonly<Record<string, readonly Enclosure[]>>): Promise<Cells> {
    const made = Object.entries(wanted).map(async ([field, files]) => [field, await Promise.all(files.map(linkOf))])
    return Object.fromEntries(await Promise.all(made))
  }

  async function linkOf({ at, filename }: Enclosure): Promise<{ url: string; filename: string }> {
    const url = at.kind === 'address' ? at.url : await tools.link(at.key, { ttlMs: linkTtlMs, filename })
    return { url, filename }
  }

  async function write(deliveries: readonly Delivery[], answers: Answers, signal: AbortSignal): Promise<void> {
    const rows = await Promise.all(
      deliveries.map(async ({ result }) => {
        const wanted = enclosuresOf(result, options)
        const uploads = options.attach === 'upload' ? await fieldsToUpload(wanted, tools.storage) : []
        return {
          runId: runIdOf(result, options),
          recordId: recordIdOf(result, options),
          // What is sent later is added: to nothing, so that no file of an earlier result stays.
          cells: { ...cellsOf(result, options), ...(await linksOf(without(wanted, uploads))), ...emptied(uploads) },
          uploads,
        }
      }),
    )
    const written = await writeRows(rows, { table, sink, signal })
    for (const [index, delivery] of deliveries.entries()) {
      const outcome = written[index]
      if (outcome !== undefined) answers.set(delivery, answerTo(delivery, outcome, rows[index]?.uploads))
    }
  }

  function answerTo(delivery: Delivery, written: Written, uploads: string[] = []): DeliveryAnswer {
    if (written.kind === 'rejected') return written
    if (written.kind === 'stopped') return stopFor(delivery, written)
    const { recordId, twins } = written
    if (twins.length > 0) {
      tools.log.warn({ sink, deliveryId: delivery.id, recordId, twins }, 'the table has several rows of one run id')
    }
    if (Object.keys(enclosuresOf(delivery.result, options)).length === 0) return delivered(recordId, twins)
    // What was written again for want of its row began when it was written first.
    const sinceMs = memoryOf(delivery)?.sinceMs ?? delivery.ageMs
    const memory = { recordId, twins, uploads, sinceMs, linkedMs: delivery.ageMs, looks: 0 }
    const answer = lookLater(memory, fields)
    // What is sent need not be waited for.
    return uploads.length > 0 && answer.kind === 'later' ? { ...answer, afterMs: 0 } : answer
  }

  async function upload({ delivery, memory }: Attaching, record: TableRecord, signal: AbortSignal) {
    const wanted = enclosuresOf(delivery.result, options)
    const small = Object.fromEntries(Object.entries(wanted).filter(([field]) => memory.uploads.includes(field)))
    const uploaded = await uploadMissing(record, small, { table, storage: tools.storage, sink, signal })
    if (uploaded.kind === 'stopped') return stopFor(delivery, uploaded)
    return lookLater({ ...memory, looks: memory.looks + 1 }, fields)
  }

  function delivered(recordId: string, twins: readonly string[], more: object = {}): DeliveryAnswer {
    const warning = `${twins.length + 1} rows have this run id; the oldest was written to. Delete the others by hand`
    return { kind: 'delivered', receipt: { recordId, ...more, ...(twins.length > 0 && { twins, warning }) } }
  }

  async function look(attaching: readonly Attaching[], answers: Answers, signal: AbortSignal): Promise<Delivery[]> {
    if (attaching.length === 0) return []
    const ids = attaching.map(({ memory }) => memory.recordId)
    const asked = await table.read(ids, fields, signal)
    if (asked.kind !== 'done') {
      const stopped: Written =
        asked.kind === 'stopped' ? asked : { kind: 'rejected', error: rejectionOf(asked.refusal, sink) }
      for (const { delivery } of attaching) answers.set(delivery, answerTo(delivery, stopped))
      return []
    }
    const gone: Delivery[] = []
    const lost: Attaching[] = []
    for (const { delivery, memory } of attaching) {
      const record = asked.value.find(({ id }) => id === memory.recordId)
      const wanted = enclosuresOf(delivery.result, options)
      const tookMs = Math.max(0, delivery.ageMs - memory.sinceMs)
      const linkAgeMs = Math.max(0, delivery.ageMs - memory.linkedMs)
      const standing = record && judgeAttachments(record, wanted, linkAgeMs)
      if (standing?.kind === 'attached') {
        answers.set(delivery, delivered(memory.recordId, memory.twins, { attachments: standing.files, tookMs }))
      } else if (tookMs > options.attachWithin)
        answers.set(delivery, tooLate(memory, standing?.fields ?? fields, tookMs))
      else if (standing === undefined) gone.push(delivery)
      else if (record !== undefined && standing.fields.some((field) => memory.uploads.includes(field))) {
        answers.set(delivery, await upload({ delivery, memory }, record, signal))
      } else if (standing.kind === 'lost') lost.push({ delivery, memory })
      else answers.set(delivery, lookLater({ ...memory, looks: memory.looks + 1 }, standing.fields))
    }
    await linkAgain(lost, answers, signal)
    return gone
  }

  async function linkAgain(lost: readonly Attaching[], answers: Answers, signal: AbortSignal): Promise<void> {
    if (lost.length === 0) return
    const rows = await Promise.all(
      lost.map(async ({ delivery, memory }) => ({
        id: memory.recordId,
        cells: await linksOf(without(enclosuresOf(delivery.result, options), memory.uploads)),
      })),
    )
    const asked = await table.update(rows, signal)
    for (const { delivery, memory } of lost) {
      if (asked.kind === 'stopped') answers.set(delivery, stopFor(delivery, asked))
      // Refused: perhaps for one of them only, such as a row that was deleted just now. The next look tells.
      else {
        const linkedMs = asked.kind === 'done' ? delivery.ageMs : memory.linkedMs
        answers.set(delivery, lookLater({ ...memory, linkedMs, looks: memory.looks + 1 }, fields))
      }
    }
  }

  /** Airtable takes no request with one run id twice: with `identify: key`, two jobs may share a row. */
  function firstOfEachRow(batch: readonly Delivery[], answers: Answers): Delivery[] {
    const seen = new Set<string>()
    return batch.filter((delivery) => {
      const runId = runIdOf(delivery.result, options)
      if (seen.has(runId))
        answers.set(delivery, { kind: 'later', afterMs: 0, reason: `another result of ${runId} goes first` })
      return !seen.has(runId) && seen.add(runId)
    })
  }

  function namesItsRow(delivery: Delivery, answers: Answers): boolean {
    const { key } = delivery.result
    if (options.identify !== 'record' || recordIdOf(delivery.result, options) !== null) return true
    const message = `The key ${key} does not end with the id of a record (rec…), by which sinks.${sink} finds rows. Use identify: id or key`
    answers.set(delivery, { kind: 'rejected', error: { code: 'RECORD_UNKNOWN', message, retryable: false } })
    return false
  }

  return {
    ping: (signal) => pingTable(table, signal),

    async deliver(batch, signal) {
      const answers: Answers = new Map()
      const wanted = batch.filter(({ result }) => isWanted(result, options))
      const turns = firstOfEachRow(wanted, answers)
      const fresh = turns.filter((delivery) => memoryOf(delivery) === null && namesItsRow(delivery, answers))
      const attaching = turns.flatMap((delivery) => {
        const memory = memoryOf(delivery)
        return memory === null ? [] : [{ delivery, memory }]
      })
      const gone = await look(attaching, answers, signal)
      await write([...fresh, ...gone], answers, signal)
      return batch.map((delivery) =>
        isWanted(delivery.result, options) ? (answers.get(delivery) ?? unanswered(delivery)) : skipped,
      )
    },
  }
}

function without<Value>(map: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)))
}

function emptied(fields: readonly string[]): Cells {
  return Object.fromEntries(fields.map((field) => [field, []]))
}

function lookLater(memory: Memory, fields: readonly string[]): DeliveryAnswer {
  const reason = `Airtable has not fetched yet what was attached to ${fields.join(', ')} of ${memory.recordId}`
  return { kind: 'later', afterMs: nextLookMs(memory.looks), reason, memory: { ...memory } }
}

function tooLate({ recordId }: Memory, fields: readonly string[], tookMs: number): DeliveryAnswer {
  const message = `Row ${recordId} is written, but Airtable did not fetch the files of ${fields.join(', ')} in ${describeDuration(tookMs)}. Check that publicUrl can be reached from outside, then deliver it again`
  return { kind: 'rejected', error: { code: 'ATTACHMENT_NOT_FETCHED', message, retryable: true } }
}

function stopFor(
  { ageMs }: Delivery,
  { answer, isLimit }: { answer: DeliveryAnswer; isLimit: boolean },
): DeliveryAnswer {
  if (!isLimit || ageMs < LONGEST_LIMIT_MS || answer.kind !== 'later') return answer
  const message = `${answer.reason}, for a day now. Look at the limits of your plan, and at what else asks this base`
  return { kind: 'retry', error: { code: 'RATE_LIMITED', message, retryable: true } }
}

function unanswered({ id }: Delivery): never {
  throw new Error(`delivery ${id} was left without an answer`)
}
