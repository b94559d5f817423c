/** A Supabase Storage in memory that shows what was put late, reads empty, fails and forbids on demand. Not an S3. */
import { randomBytes } from 'node:crypto'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import type { FaultsInput, StoreFaults } from '../faults/faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger } from '../ledger/ledger.ts'
import { createStage, DEFAULT_MAX_BODY_BYTES, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import type { Tasks } from '../stage/tasks.ts'
import { answerFault, NO_KEY } from './answers.ts'
import { createMishaps } from './mishaps.ts'
import { createObjects } from './objects.ts'
import { routeObjects } from './routes.ts'

export interface StorageOptions extends StandInOptions {
  faults?: FaultsInput['store']
  /** The one bucket there is. Default `documents`. */
  bucket?: string
}

export interface StorageAddress {
  /** The origin; routes begin with `/storage/v1`. */
  baseUrl: string
  apiKey: string
  bucket: string
}

export interface StorageStandIn extends StandIn<StorageAddress> {
  setFaults(faults: FaultsInput['store']): void
}

export function createStorage(options: StorageOptions): StorageStandIn {
  const { environment, host = '127.0.0.1', port = 0, bucket = 'documents', now = Date.now, log = silentLog } = options
  const apiKey = options.apiKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const ledger = options.ledger ?? createLedger({ now })
  const objects = createObjects(now)
  let faults: StoreFaults = readFaults(options.faults)
  const mishaps = createMishaps({
    attempts: createAttempts(),
    dice: createDice(options.seed),
    faults: () => faults,
    ledger,
  })

  async function build(app: FastifyInstance, tasks: Tasks): Promise<void> {
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.authorization !== `Bearer ${apiKey}`) return answerFault(reply, NO_KEY)
    })
    app.setErrorHandler((fault: { statusCode?: number; message: string }, _request, reply) => {
      const status = fault.statusCode ?? 500
      const body = { statusCode: String(status), error: 'internal', message: fault.message }
      return answerFault(reply, body, status < 500 ? 400 : status)
    })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    await app.register(multipart, { limits: { fileSize: maxBodyBytes } })
    routeObjects(app, { bucket, mishaps, objects, signal: tasks.signal })
  }

  const stage = createStage({ name: 'storage', environment, host, port, maxBodyBytes, log, build })
  return {
    ledger,
    async start() {
      return { baseUrl: await stage.start(), apiKey, bucket }
    },
    stop: stage.stop,
    setFaults(next) {
      faults = readFaults(next)
    },
  }
}

function readFaults(store: FaultsInput['store']): StoreFaults {
  return parseFaults(store === undefined ? {} : { store }).store
}
