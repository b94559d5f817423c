/**
 * Who may do what. Fails closed: a route that does not say what it needs is refused when it is added, and an unknown
 * role may nothing. Does not know how keys are stored; see the `authenticate` that it is given.
 */
import type { Role } from '@becket/client/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../core/error.ts'
import type { Principal } from '../services/principal.ts'
import type { KeyServices } from '../services/services.ts'

type Access =
  /** Look at expectations, jobs and documents. */
  | 'work:read'
  /** Register, report, create, upload, finalize. */
  | 'work:write'
  /** Look at callbacks, sources and health. */
  | 'inspect'
  /** Act by hand: check, extend, settle, cancel, retry, replay. */
  | 'operate'
  /** Make, list and revoke keys. */
  | 'keys'

const rolesWith: Record<Access, readonly Role[]> = {
  'work:read': ['app', 'viewer', 'operator', 'admin'],
  'work:write': ['app', 'admin'],
  inspect: ['viewer', 'operator', 'admin'],
  operate: ['operator', 'admin'],
  keys: ['admin'],
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null before authentication, and for a signed upload. */
    principal: Principal | null
  }
  interface FastifyContextConfig {
    /** What a key must be allowed. Every route below /v1 has it. */
    access?: Access
    /** Another proof than a key; throws where it is not good, false where there is none. */
    proof?: (request: FastifyRequest) => boolean
  }
}

type Authenticate = KeyServices['authenticate']

/** Guards every route of this scope. */
export function guard(app: FastifyInstance, authenticate: Authenticate): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.access === undefined) throw new Error(`Route ${url} does not say what a key needs to be allowed`)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const { access, proof } = request.routeOptions.config
    if (access === undefined) throw new AppError('FORBIDDEN', 'Nobody may use this address')
    if (proof?.(request) === true) {
      done()
      return
    }
    authenticate(secretOf(request)).then((principal) => {
      const refusal = refusalOf(principal, access)
      if (refusal === null) request.principal = principal
      done(refusal ?? undefined)
    }, done)
  })
}

function refusalOf(principal: Principal | null, access: Access): AppError | null {
  if (principal === null) return new AppError('UNAUTHENTICATED', 'The API key is unknown or revoked')
  const allowed = rolesWith[access]
  if (allowed.includes(principal.role)) return null
  const wanted = allowed.map((role) => `\`${role}\``).join(' or ')
  return new AppError('FORBIDDEN', `Key ${principal.keyId} has the role \`${principal.role}\`; this needs ${wanted}`)
}

/** Who asks, on a route that only a key opens. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new AppError('UNAUTHENTICATED', 'This needs an API key')
  return request.principal
}

function secretOf(request: FastifyRequest): string {
  const { authorization } = request.headers
  if (authorization === undefined) throw new AppError('UNAUTHENTICATED', 'The request carries no API key')
  // RFC 6750 names the characters of a bearer token; 512 is far more than a key of ours has.
  const secret = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization)?.[1]
  if (secret === undefined) throw new AppError('UNAUTHENTICATED', 'The Authorization header is not `Bearer <key>`')
  return secret
}
