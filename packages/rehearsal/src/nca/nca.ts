/** An NCA Toolkit that misbehaves on demand, with the bucket that its outputs lie in: the wiring of its rooms. */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import { type DistributionInput, distributionSchema } from '../faults/distribution.ts'
import type { FaultsInput, RenderFaults } from '../faults/faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import type { S3StandIn } from '../s3/s3.ts'
import type { Reach } from '../stage/reach.ts'
import { createStage, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import type { Tasks } from '../stage/tasks.ts'
import { createObjects, type Objects } from '../storage/objects.ts'
import { createDeliverer } from './deliver.ts'
import { routeFiles } from './files.ts'
import type { InputMode } from './inputs.ts'
import { createJobBook } from './job-book.ts'
import { createRenderer } from './renderer.ts'
import { routeStatus, routeWork } from './routes.ts'
import { createStriker } from './striker.ts'
import { createWorkshop, type Workshop } from './workshop.ts'

export interface NcaOptions extends StandInOptions {
  faults?: FaultsInput['render']
  /** How long the work takes. Default 0. */
  processing?: DistributionInput
  /** What callbacks may be sent to, and inputs fetched from. Default: this machine only. */
  reach?: Reach
  /** Default `nca-toolkit`. */
  bucket?: string
  /** Of the bucket's server. Default 0: any free port. */
  filesPort?: number
  /** The program that makes videos, where it is there. Default `ffmpeg` on the PATH; null: a tiny file by hand, always. */
  ffmpeg?: string | null
  /** What befalls inputs that cannot be fetched. Default `drawn`: they are made up, in one colour. */
  inputs?: InputMode
  /** Where outputs are stored instead of its own bucket; started before it, with a bucket that everybody may read. */
  store?: S3StandIn
}

export interface NcaAddress {
  baseUrl: string
  apiKey: string
  /** Where its outputs lie: origin and bucket. */
  artifactBase: string
  /** Below it lies any tiny clip that is asked for, by its ending: `a.mp4`, `b.mp3`, `c.wav`. */
  sampleBase: string
}

export interface Nca extends StandIn<NcaAddress> {
  /** From now on; jobs that were taken before keep the luck of their callbacks. */
  setFaults(faults: FaultsInput['render']): void
  /** As a restart of the real one: what is not done by now never will be, and its status says running for ever. */
  forgetQueue(): void
}

// 1 MiB: the toolkit takes addresses, never files.
const MAX_BODY_BYTES = 1024 * 1024

export function createNca(options: NcaOptions): Nca {
  const { environment, host = '127.0.0.1', port = 0, bucket = 'nca-toolkit', reach = 'loopback' } = options
  const { now = Date.now, log = silentLog, maxBodyBytes = MAX_BODY_BYTES } = options
  const apiKey = options.apiKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const processing = distributionSchema.parse(options.processing ?? 0)
  const ledger: Ledger = options.ledger ?? createLedger({ now })
  let faults: RenderFaults = readFaults(options.faults)
  const currentFaults = () => faults

  const dice = createDice(options.seed)
  const attempts = createAttempts()
  const book = createJobBook()
  const own = createObjects(now)
  // Known when it has started.
  let objects: Objects = own
  const striker = createStriker(ledger)
  const renderer = createRenderer({ program: options.ffmpeg === undefined ? 'ffmpeg' : options.ffmpeg, log })
  let artifactBase = ''
  let workshop: Workshop | null = null

  function build(app: FastifyInstance, tasks: Tasks): void {
    workshop = createWorkshop({
      attempts,
      book,
      deliverer: createDeliverer({ ledger, striker }),
      dice,
      faults: currentFaults,
      inputs: options.inputs ?? 'drawn',
      ledger,
      now,
      objects,
      processing,
      reach,
      renderer,
      striker,
      tasks,
      urlOf: (name) => `${artifactBase}/${encodeURIComponent(name)}`,
    })
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers['x-api-key'] !== apiKey) return reply.code(401).send({ message: 'Unauthorized' })
    })
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not Found' }))
    const routes = { book, faults: currentFaults, ledger, now, reach, striker, workshop }
    routeWork(app, routes)
    routeStatus(app, routes)
  }

  const files = createStage({
    name: 'nca-files',
    environment,
    host,
    port: options.filesPort ?? 0,
    maxBodyBytes,
    log,
    build: (app) => routeFiles(app, { bucket, objects: own, ledger }),
  })
  const toolkit = createStage({ name: 'nca', environment, host, port, maxBodyBytes, log, build })

  async function stop(): Promise<void> {
    await Promise.all([toolkit.stop(), files.stop()])
  }

  return {
    ledger,
    stop,
    async start() {
      const filesOrigin = await files.start()
      const sampleBase = `${filesOrigin}/samples`
      if (options.store === undefined) artifactBase = `${filesOrigin}/${bucket}`
      else {
        const { endpoint, publicBucket } = await options.store.start()
        const shared = publicBucket === null ? undefined : options.store.objectsOf(publicBucket)
        if (shared === undefined) throw new TypeError('`store` needs a public bucket for what is made')
        objects = shared
        artifactBase = `${endpoint}/${publicBucket}`
      }
      try {
        return { baseUrl: await toolkit.start(), apiKey, artifactBase, sampleBase }
      } catch (fault) {
        await stop()
        throw fault
      }
    },
    setFaults(next) {
      faults = readFaults(next)
    },
    forgetQueue: () => workshop?.forgetQueue(),
  }
}

function readFaults(render: FaultsInput['render']): RenderFaults {
  return parseFaults(render === undefined ? {} : { render }).render
}
