/**
 * The HTTP face: intake, API, probes, metrics, dashboard. Thin: routes parse, call a service and answer. Does not
 * listen; whoever made it does, and closes it first when the process stops.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { AppError } from '../core/error.ts'
import type { Intake } from '../intake/receive.ts'
import type { Log } from '../observe/log.ts'
import type { Services } from '../services/services.ts'
import { guard } from './access.ts'
import { createAddressBook } from './address-book.ts'
import { closeInTime } from './closing.ts'
import { addDashboard, opensPage } from './dashboard.ts'
import { intakeRoutes } from './intake-routes.ts'
import { readJsonBodies } from './json-bodies.ts'
import { addOpenApi, serveOpenApi } from './openapi.ts'
import { type IntakePath, routePaths } from './path-template.ts'
import { keepRecord } from './record.ts'
import { refuse, refuseConnection, refuseUnknown, requestIdOf } from './refusals.ts'
import { breakerRoutes } from './routes/breakers.ts'
import { callbackRoutes } from './routes/callbacks.ts'
import { changeRoutes } from './routes/changes.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { documentContentRoute, documentRoutes } from './routes/documents.ts'
import { expectationRoutes } from './routes/expectations.ts'
import { featureRoutes } from './routes/features.ts'
import { fileRoutes } from './routes/files.ts'
import { findingRoutes } from './routes/findings.ts'
import { healthRoute, type MetricsPage, probeRoutes } from './routes/health.ts'
import { instanceRoutes } from './routes/instances.ts'
import { jobRoutes } from './routes/jobs.ts'
import { keyRoutes } from './routes/keys.ts'
import { requestRoutes } from './routes/requests.ts'
import { sourceRoutes } from './routes/sources.ts'
import { createWaitSignals, type WaitSignals } from './wait-signals.ts'

export interface HttpLimits {
  /** The body of a callback. */
  maxCallbackBytes: number
  /** The body of an API request. */
  maxRequestBytes: number
  /** The content of a document. */
  maxDocumentBytes: number
  /** All headers of a request together. */
  maxHeaderBytes: number
  /** How long headers may take to arrive. */
  headersTimeoutMs: number
  /** How long the body of a callback or an API request may take to arrive. */
  requestTimeoutMs: number
  /** How long the content of a document may take to arrive. */
  uploadTimeoutMs: number
  /** How long requests under way may still take once the server closes; default 5 s. */
  closeGraceMs?: number
}

export interface HttpOptions {
  services: Services
  /** Null where this process does not take callbacks: then it says 503, never 404. */
  intake: Intake | null
  /** Paths beside `/in/…` that sources claim. */
  intakePaths: readonly IntakePath[]
  /** False where this process does not serve the API: then it says 503. */
  servesApi: boolean
  /** Why the API cannot answer yet; absent or null: it can. */
  notReady?: () => AppError | null
  log: Log
  limits: HttpLimits
  /** The dashboard's built files; passed over where there are none. */
  dashboardDirectory: string | null
  metrics: MetricsPage
  /** The version that OpenAPI names. */
  release: string
  /** Proxies whose X-Forwarded-For is believed: their addresses, or true for any. */
  trustProxy?: boolean | string
  /** Told of every answered request, for counters. `route` is a pattern: few values, no secrets. */
  observe?(request: { method: string; route: string; status: number; tookMs: number }): void
}

export function createHttp(options: HttpOptions): FastifyInstance {
  const { services, log, limits } = options
  const addresses = createAddressBook()
  const waits = createWaitSignals()
  // Bad paths are told before anything starts.
  routePaths(options.intakePaths)

  const app = Fastify({
    trustProxy: options.trustProxy ?? false,
    genReqId: requestIdOf,
    bodyLimit: limits.maxRequestBytes,
    // The longest of all; the shorter ones are kept where bodies are read.
    requestTimeout: limits.headersTimeoutMs + Math.max(limits.requestTimeoutMs, limits.uploadTimeoutMs),
    // While stopping, what still comes over open connections is taken and answered as ever.
    return503OnClosing: false,
    http: {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // Node looks for late senders this often.
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    },
    // 2,048: callback tokens are longer than the router's 100.
    routerOptions: { maxParamLength: 2_048, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    schemaController: { compilersFactory: { buildValidator: noneOfItsOwn, buildSerializer: noneOfItsOwn } },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply, log),
  })

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, log))
  app.decorateRequest('principal', null)
  readJsonBodies(app, { maxBytes: limits.maxRequestBytes, timeoutMs: limits.requestTimeoutMs })
  keepRecord(app, options)
  app.addHook('preClose', async () => waits.stop())
  closeInTime(app, limits.closeGraceMs)
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) addresses.add(one, url)
  })

  const routes = async (root: FastifyInstance) => {
    await addOpenApi(root, options.release)
    root.register(intakeRoutes({ intake: options.intake, paths: options.intakePaths, body: callbackLimits(limits) }))
    root.register(fileRoutes(services.files))
    root.register(apiRoutes(options, waits))
    root.register(probeRoutes(services.health, options.metrics))
    serveOpenApi(root)
    const sendPage = await addDashboard(root, options.dashboardDirectory)
    root.setNotFoundHandler((request, reply) =>
      sendPage !== null && opensPage(request) ? sendPage(reply) : refuseUnknown(request, reply, addresses),
    )
  }
  app.register(inSameScope(routes))
  return app
}

/** Not told otherwise, the framework loads two schema compilers that nobody uses here, and takes a tenth of the start. */
function noneOfItsOwn(): never {
  throw new Error('the compilers of the contract are set before the first route')
}

/** Everything that needs a key, in one guarded scope. */
function apiRoutes({ services, limits, servesApi, notReady }: HttpOptions, waits: WaitSignals) {
  return async (app: FastifyInstance): Promise<void> => {
    if (!servesApi) {
      app.addHook('onRequest', async () => {
        throw new AppError('UNAVAILABLE', 'This instance does not serve the API')
      })
    }
    app.addHook('onRequest', (_request, _reply, done) => done(notReady?.() ?? undefined))
    guard(app, services.keys.authenticate)
    app.register(expectationRoutes(services.expectations, waits))
    app.register(jobRoutes(services.jobs, waits))
    app.register(documentRoutes(services.documents, waits))
    const content = {
      maxBytes: limits.maxDocumentBytes,
      timeoutMs: limits.uploadTimeoutMs,
      tooLarge: 'DOCUMENT_TOO_LARGE',
    } as const
    app.register(documentContentRoute(services.documents, content))
    app.register(callbackRoutes(services.callbacks))
    app.register(deliveryRoutes(services.deliveries))
    app.register(keyRoutes(services.keys))
    app.register(sourceRoutes(services.sources))
    app.register(breakerRoutes(services.breakers))
    app.register(requestRoutes(services.requests))
    app.register(featureRoutes(services.features))
    app.register(changeRoutes(services.changes))
    app.register(instanceRoutes(services.instances))
    app.register(findingRoutes(services.findings))
    app.register(healthRoute(services.health))
  }
}

function callbackLimits({ maxCallbackBytes, requestTimeoutMs }: HttpLimits) {
  return { maxBytes: maxCallbackBytes, timeoutMs: requestTimeoutMs, option: 'intake.maxBodyBytes' }
}

/** A plugin that does not open a scope of its own: its 404 handler and its decorations are the server's. */
function inSameScope(plugin: (app: FastifyInstance) => Promise<void>) {
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
