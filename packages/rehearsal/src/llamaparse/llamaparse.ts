/** A LlamaParse that really reads PDFs and misbehaves on demand: the wiring of its rooms. Remembers jobs until it is dropped. */
import { randomBytes, randomUUID } from 'node:crypto'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import { type DistributionInput, distributionSchema } from '../faults/distribution.ts'
import type { FaultsInput, ParseFaults } from '../faults/faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import { createExtractor } from '../pdf/extractor.ts'
import type { Reach } from '../stage/reach.ts'
import { createStage, DEFAULT_MAX_BODY_BYTES, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import type { Tasks } from '../stage/tasks.ts'
import { createChecks } from './checks.ts'
import { createDeliverer } from './deliver.ts'
import { createFileShelf, routeFiles } from './files.ts'
import { createJobBook } from './job-book.ts'
import { openSpool } from './spool.ts'
import { createStriker } from './striker.ts'
import { createSubmitNotes } from './submit-answer.ts'
import { routeV1 } from './v1.ts'
import { routeV2 } from './v2.ts'
import { createWorkshop } from './workshop.ts'

export interface LlamaParseOptions extends StandInOptions {
  faults?: FaultsInput['parse']
  /** Multiplies the provider's own gaps and time-outs (redelivery after 1 and 2 s, 30 s for an answer). Default 1. */
  timeScale?: number
  /** How long the work takes beside reading the PDF. Default 0. */
  processing?: DistributionInput
  /** What callbacks may be sent to. Default: this machine only. */
  reach?: Reach
  /** Offered to whoever wires a source to this stand-in; v2 signs with the secret that each submit names. */
  webhookSecret?: string
}

export interface LlamaParseAddress {
  /** The origin, as `https://api.cloud.llamaindex.ai` is for the real one. */
  baseUrl: string
  apiKey: string
  webhookSecret: string
}

export interface LlamaParse extends StandIn<LlamaParseAddress> {
  /** From now on; jobs that were taken before keep the luck of their callbacks. */
  setFaults(faults: FaultsInput['parse']): void
}

export function createLlamaParse(options: LlamaParseOptions): LlamaParse {
  const { timeScale = 1, reach = 'loopback', now = Date.now, log = silentLog } = options
  const apiKey = options.apiKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const webhookSecret = options.webhookSecret ?? randomBytes(24).toString('hex')
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const processing = distributionSchema.parse(options.processing ?? 0)
  const ledger: Ledger = options.ledger ?? createLedger({ now })
  let faults: ParseFaults = readFaults(options.faults)

  const dice = createDice(options.seed)
  const attempts = createAttempts()
  const book = createJobBook()
  const extractor = createExtractor()
  const striker = createStriker(ledger)
  const notes = createSubmitNotes(ledger)
  const projectId = randomUUID()
  const currentFaults = () => faults

  async function build(app: FastifyInstance, tasks: Tasks): Promise<void> {
    const spool = await openSpool()
    app.addHook('onClose', () => spool.close())
    const deliverer = createDeliverer({ ledger, striker, projectId, timeScale, now })
    const checks = createChecks({ book, faults: currentFaults, ledger, now, striker })
    const workshop = createWorkshop({
      attempts,
      book,
      deliverer,
      dice,
      extractor,
      faults: currentFaults,
      ledger,
      now,
      processing,
      spool,
      striker,
      tasks,
    })
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.authorization !== `Bearer ${apiKey}`) {
        return reply.code(401).send({ detail: 'Invalid authentication token' })
      }
    })
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: 'Not Found' }))
    // Not thrown: a file that is too large gets the provider's own answer.
    const limits = { fileSize: maxBodyBytes, fieldSize: 1024 * 1024 }
    await app.register(multipart, { throwFileSizeLimit: false, limits })
    // What proves a key and costs nothing.
    app.get('/api/v1/projects', (_request, reply) =>
      reply.send([{ id: projectId, name: 'Rehearsal', is_default: true }]),
    )
    const shelf = createFileShelf(spool)
    routeFiles(app, { projectId, shelf, spool })
    const routes = { checks, notes, projectId, reach, spool, workshop }
    routeV1(app, routes)
    routeV2(app, { ...routes, shelf })
  }

  const stage = createStage({ name: 'llamaparse', ...at(options), maxBodyBytes, log, build })
  return {
    ledger,
    async start() {
      return { baseUrl: await stage.start(), apiKey, webhookSecret }
    },
    stop: stage.stop,
    setFaults(next) {
      faults = readFaults(next)
    },
  }
}

function readFaults(parse: FaultsInput['parse']): ParseFaults {
  return parseFaults(parse === undefined ? {} : { parse }).parse
}

function at({ environment, host = '127.0.0.1', port = 0 }: LlamaParseOptions) {
  return { environment, host, port }
}
