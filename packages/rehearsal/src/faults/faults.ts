/**
 * Every way in which a stand-in can misbehave, by operation, with its parameters. A fault is given as a rate from 0 to 1,
 * or as an object with `rate` and its own parameters. Says what may go wrong; `luck.ts` says when.
 */
import { z } from 'zod'
import { airtableSchema } from './airtable-faults.ts'
import { type DistributionInput, distributionSchema } from './distribution.ts'
import { often, passing, plain, serverStatus } from './rates.ts'
import { s3Schema } from './s3-faults.ts'

const rateLimited = z.strictObject({ ...passing, retryAfterSec: z.int().nonnegative().max(3600).default(1) })
/** Whether the provider fails before it has taken the work, or after: then the work goes on without an answer. */
const when = z.enum(['before', 'after']).default('before')
const where = z.enum(['callback', 'answer']).default('callback')

/** The same callback is sent again, `copies` times. */
const duplicate = z
  .strictObject({
    ...often,
    copies: z.int().positive().max(20).default(1),
    gapMs: z.number().nonnegative().default(0),
  })
  .optional()
/** The callback is held until another job's callback has overtaken it, or `withinMs` has passed. */
const reorder = z.strictObject({ ...often, withinMs: z.number().nonnegative().default(2000) }).optional()

const parseSchema = z.strictObject({
  /** The callback is never sent. */
  loss: plain.optional(),
  /** How long the callback waits after the work is done. */
  delay: distributionSchema.optional(),
  duplicate,
  reorder,
  /** The callback comes before the submit is answered. */
  early: plain.optional(),
  /** The job's id is null, in the callback or in the submit's answer. */
  nullId: z.strictObject({ ...often, where }).optional(),
  /** The job's id is not there at all. */
  missingId: z.strictObject({ ...often, where }).optional(),
  /** The callback is a list with the object in it. */
  listShape: plain.optional(),
  /** The callback is a JSON string that contains the JSON. */
  stringified: plain.optional(),
  /** Another word for success than the documented one; without `word` one is drawn. */
  otherStatusWord: z
    .strictObject({
      ...often,
      word: z.string().min(1).max(40).optional(),
      where: z.enum(['callback', 'status', 'both']).default('callback'),
    })
    .optional(),
  /** The submit waits for the end and answers with the result; no callback follows. */
  synchronous: plain.optional(),
  /** The provider fails at work that it took. */
  failure: z
    .strictObject({
      ...often,
      code: z.string().min(1).default('INTERNAL_ERROR'),
      message: z.string().min(1).default('The document could not be processed because of an internal error.'),
    })
    .optional(),
  rateLimited: rateLimited.optional(),
  serverError: z.strictObject({ ...passing, status: serverStatus, when }).optional(),
  /** The submit is never answered. */
  hang: z.strictObject({ ...passing, when }).optional(),
  /** Status checks are answered 5xx: for ever, or for `forMs` after the submit; with `results`, results as well. */
  statusDown: z
    .strictObject({
      ...often,
      status: serverStatus,
      forMs: z.number().positive().optional(),
      results: z.boolean().default(false),
    })
    .optional(),
  /** The callback comes only after a check has read that the work is done. */
  lateCallback: plain.optional(),
})

const embedSchema = z.strictObject({
  /** How long an answer takes. */
  delay: distributionSchema.optional(),
  rateLimited: rateLimited.optional(),
  serverError: z.strictObject({ ...passing, status: serverStatus }).optional(),
  hang: z.strictObject(passing).optional(),
  /** The request is refused as invalid, for good. */
  failure: plain.optional(),
  /** One vector of the answer is all zeros. */
  zeroVector: plain.optional(),
  /** One vector of the answer is too short. */
  wrongLength: plain.optional(),
  /** The last vector of the answer is not there. */
  missingItem: plain.optional(),
  /** The vectors come in another order; each `index` is right. */
  reorder: plain.optional(),
})

const storeOperation = z.enum(['put', 'get', 'head', 'info', 'delete'])
const on = z
  .array(storeOperation)
  .min(1)
  .default([...storeOperation.options])

const storeSchema = z.strictObject({
  /** How long an answer takes. */
  delay: distributionSchema.optional(),
  /** What was put is seen only after `by`; until then it is missing, or the former version is read. */
  visibleLate: z.strictObject({ ...often, by: distributionSchema.prefault(1000) }).optional(),
  /** A read answers 200 with no bytes. */
  emptyRead: z.strictObject(passing).optional(),
  unavailable: z.strictObject({ ...passing, status: serverStatus, on }).optional(),
  forbidden: z
    .strictObject({ ...often, status: z.union([z.literal(400), z.literal(403)]).default(403), on })
    .optional(),
  hang: z.strictObject({ ...passing, on }).optional(),
})

const renderSchema = z.strictObject({
  /** The callback is never sent. */
  loss: plain.optional(),
  /** How long the callback waits after the work is done. */
  delay: distributionSchema.optional(),
  duplicate,
  reorder,
  /** The callback comes before the submit is answered. */
  early: plain.optional(),
  /** The callback comes only after a check has read that the work is done. */
  lateCallback: plain.optional(),
  /** A redirect on the way eats the callback: what arrives is a GET without a body. */
  redirected: plain.optional(),
  /** The caller's id is null in the callback. */
  nullId: plain.optional(),
  /** The toolkit's own id is not there, in the callback; or null, in the submit's answer. */
  missingId: z.strictObject({ ...often, where }).optional(),
  /** The callback is a list with the object in it. */
  listShape: plain.optional(),
  /** The response has another shape than the route's own; without `as` one is drawn. */
  otherShape: z
    .strictObject({ ...often, as: z.enum(['objects', 'strings', 'string', 'object']).optional() })
    .optional(),
  /** The submit waits for the end and answers with the final envelope; no callback follows. */
  synchronous: plain.optional(),
  /** Cloud Run mode: answered 200 with an object for a message, a status that stays, and another job id at the end. */
  cloudRun: plain.optional(),
  /** The toolkit fails at work that it took; as a text, or as an object with the text in it. */
  failure: z
    .strictObject({
      ...often,
      code: z.int().min(400).max(599).default(500),
      message: z.string().min(1).default('FFmpeg ended with an error.'),
      asObject: z.boolean().default(false),
    })
    .optional(),
  /** 429: the queue is full. */
  queueFull: z.strictObject({ ...passing, length: z.int().positive().default(10) }).optional(),
  serverError: z.strictObject({ ...passing, status: serverStatus, when }).optional(),
  /** The submit is never answered. */
  hang: z.strictObject({ ...passing, when }).optional(),
  /** The toolkit restarts while the work is in its queue: it is never done, and its status says running for ever. */
  restart: plain.optional(),
  /** Checks are answered 404 (its records are gone) or 5xx: for ever, for `forMs` after the submit, or the first `checks`. */
  statusDown: z
    .strictObject({
      ...often,
      status: z.union([z.literal(404), serverStatus]).default(503),
      forMs: z.number().positive().optional(),
      checks: z.int().positive().optional(),
    })
    .optional(),
  /** The output is seen only after `by`, although its address is told before. */
  outputLate: z.strictObject({ ...often, by: distributionSchema.prefault(1000) }).optional(),
  /** The output is there and has no bytes. */
  outputEmpty: plain.optional(),
  /** The output is never there, although its address is told. */
  outputMissing: plain.optional(),
})

export const faultsSchema = z.strictObject({
  /** LlamaParse: a document is parsed. */
  parse: parseSchema.default({}),
  /** OpenAI: texts are embedded. */
  embed: embedSchema.default({}),
  /** Storage: an object is put, read, looked at or deleted. */
  store: storeSchema.default({}),
  /** NCA Toolkit: media are made of media. */
  render: renderSchema.default({}),
  /** Airtable: records are read and written, attachments fetched. */
  airtable: airtableSchema.default({}),
  /** S3: an object is put, read, looked at, deleted or listed. */
  s3: s3Schema.default({}),
})

export type Faults = z.output<typeof faultsSchema>
export type ParseFaults = Faults['parse']
export type EmbedFaults = Faults['embed']
export type StoreFaults = Faults['store']
export type RenderFaults = Faults['render']
export type AirtableFaults = Faults['airtable']
export type S3Faults = Faults['s3']
export type StoreOperation = z.output<typeof storeOperation>
export type FaultOperation = keyof Faults
export type FaultName = { [Operation in FaultOperation]: keyof Faults[Operation] }[FaultOperation]

/** As it may be written: a number is a rate, or for `delay` a fixed time. */
type Written<Operation> = {
  [Name in keyof Operation]?: Name extends 'delay' ? DistributionInput : Operation[Name] | number
}
export interface FaultsInput {
  parse?: Written<z.input<typeof parseSchema>>
  embed?: Written<z.input<typeof embedSchema>>
  store?: Written<z.input<typeof storeSchema>>
  render?: Written<z.input<typeof renderSchema>>
  airtable?: Written<z.input<typeof airtableSchema>>
  s3?: Written<z.input<typeof s3Schema>>
}
