/**
 * Buckets in memory that speak S3, path style, and misbehave on demand. Every request is checked against its signature, but
 * for reads of a bucket that is public. Knows no multipart uploads, no copies, no versions.
 */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import type { FaultsInput, S3Faults } from '../faults/faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger } from '../ledger/ledger.ts'
import { createStage, DEFAULT_MAX_BODY_BYTES, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import type { Tasks } from '../stage/tasks.ts'
import { createObjects, type Objects } from '../storage/objects.ts'
import { answerS3Fault } from './answers.ts'
import { createS3Mishaps } from './mishaps.ts'
import { createRoutes } from './routes.ts'
import { faultOfSignature } from './signature.ts'

export interface S3Options extends Omit<StandInOptions, 'apiKey'> {
  faults?: FaultsInput['s3']
  /** Default `documents`. */
  bucket?: string
  /** A second bucket, in which everybody may read; none where it is absent. */
  publicBucket?: string
  /** Default `us-east-1`. */
  region?: string
  /** Made up when absent. */
  accessKeyId?: string
  secretAccessKey?: string
}

export interface S3Address {
  endpoint: string
  region: string
  bucket: string
  /** Null: there is none. */
  publicBucket: string | null
  accessKeyId: string
  secretAccessKey: string
}

export interface S3StandIn extends StandIn<S3Address> {
  setFaults(faults: FaultsInput['s3']): void
  /** For those who put things there without asking over HTTP; undefined: there is no such bucket. */
  objectsOf(bucket: string): Objects | undefined
}

export function createS3(options: S3Options): S3StandIn {
  const { environment, host = '127.0.0.1', port = 0, now = Date.now, log = silentLog } = options
  const { bucket = 'documents', publicBucket = null, region = 'us-east-1' } = options
  const accessKeyId = options.accessKeyId ?? `rehearsal-${randomBytes(4).toString('hex')}`
  const secretAccessKey = options.secretAccessKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const ledger = options.ledger ?? createLedger({ now })
  const names = publicBucket === null ? [bucket] : [bucket, publicBucket]
  const buckets = new Map(names.map((name) => [name, createObjects(now)]))
  let faults: S3Faults = readFaults(options.faults)
  const answer = createRoutes(
    createS3Mishaps({ attempts: createAttempts(), dice: createDice(options.seed), faults: () => faults, ledger }),
  )

  async function serve(request: FastifyRequest, reply: FastifyReply, signal: AbortSignal): Promise<FastifyReply> {
    const { path, query, bucket: named, key } = readAddress(request.raw.url ?? '/')
    if (key === null) return answerS3Fault(reply, 'InvalidURI')
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const isPublicRead = named === publicBucket && key !== '' && ['GET', 'HEAD'].includes(request.method)
    const isSigned = request.headers.authorization !== undefined || query.includes('X-Amz-Algorithm')
    if (!isPublicRead || isSigned) {
      const signed = { method: request.method, path, query, headers: flat(request.raw.headers), body }
      const fault = faultOfSignature(signed, { accessKeyId, secretAccessKey, region }, now())
      if (fault !== null) return answerS3Fault(reply, fault)
    }
    const objects = buckets.get(named)
    if (objects === undefined) return answerS3Fault(reply, 'NoSuchBucket')
    return answer({ request, reply, bucket: named, objects, key, query: new URLSearchParams(query), body, signal })
  }

  function build(app: FastifyInstance, tasks: Tasks): void {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'DELETE', 'POST'],
      url: '/*',
      exposeHeadRoute: false,
      handler: (request, reply) => serve(request, reply, tasks.signal),
    })
  }

  const stage = createStage({ name: 's3', environment, host, port, maxBodyBytes, log, build })
  return {
    ledger,
    async start() {
      return { endpoint: await stage.start(), region, bucket, publicBucket, accessKeyId, secretAccessKey }
    },
    stop: stage.stop,
    setFaults(next) {
      faults = readFaults(next)
    },
    objectsOf: (name) => buckets.get(name),
  }
}

/** `key` null: it is not well encoded. */
function readAddress(url: string): { path: string; query: string; bucket: string; key: string | null } {
  const mark = url.indexOf('?')
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
  const [, bucket = '', ...rest] = path.split('/')
  try {
    return { path, query, bucket, key: decodeURIComponent(rest.join('/')) }
  } catch {
    return { path, query, bucket, key: null }
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  )
}

function readFaults(s3: FaultsInput['s3']): S3Faults {
  return parseFaults(s3 === undefined ? {} : { s3 }).s3
}
