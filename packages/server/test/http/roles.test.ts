import type { Role } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { as, setup } from './setup.ts'

describe('keys and roles', () => {
  const requests: [string, string, Role[]][] = [
    ['POST', '/v1/expectations', ['app', 'admin']],
    ['GET', '/v1/expectations', ['app', 'viewer', 'operator', 'admin']],
    ['GET', '/v1/expectations/exp_1', ['app', 'viewer', 'operator', 'admin']],
    ['POST', '/v1/expectations/exp_1/dispatched', ['app', 'admin']],
    ['POST', '/v1/expectations/exp_1/not-submitted', ['app', 'admin']],
    ['POST', '/v1/expectations/exp_1/check', ['operator', 'admin']],
    ['POST', '/v1/expectations/exp_1/extend', ['operator', 'admin']],
    ['POST', '/v1/expectations/exp_1/settle', ['operator', 'admin']],
    ['POST', '/v1/expectations/exp_1/cancel', ['operator', 'admin']],
    ['POST', '/v1/jobs', ['app', 'admin']],
    ['GET', '/v1/jobs', ['app', 'viewer', 'operator', 'admin']],
    ['GET', '/v1/jobs/job_1', ['app', 'viewer', 'operator', 'admin']],
    ['POST', '/v1/jobs/job_1/retry', ['operator', 'admin']],
    ['POST', '/v1/jobs/job_1/cancel', ['operator', 'admin']],
    ['POST', '/v1/documents', ['app', 'admin']],
    ['GET', '/v1/documents', ['app', 'viewer', 'operator', 'admin']],
    ['GET', '/v1/documents/doc_1', ['app', 'viewer', 'operator', 'admin']],
    ['PUT', '/v1/documents/doc_1/content', ['app', 'admin']],
    ['POST', '/v1/documents/doc_1/finalize', ['app', 'admin']],
    ['GET', '/v1/callbacks', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/callbacks/cb_1', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/callbacks/cb_1/body', ['viewer', 'operator', 'admin']],
    ['POST', '/v1/callbacks/cb_1/replay', ['operator', 'admin']],
    ['POST', '/v1/callbacks/release', ['operator', 'admin']],
    ['GET', '/v1/deliveries', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/deliveries/dlv_1', ['viewer', 'operator', 'admin']],
    ['POST', '/v1/deliveries/dlv_1/redeliver', ['operator', 'admin']],
    ['POST', '/v1/deliveries/redeliver', ['operator', 'admin']],
    ['GET', '/v1/sinks', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/keys', ['admin']],
    ['POST', '/v1/keys', ['admin']],
    ['DELETE', '/v1/keys/key_1', ['admin']],
    ['GET', '/v1/sources', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/breakers', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/breakers/source:orders', ['viewer', 'operator', 'admin']],
    ['POST', '/v1/breakers/source:orders', ['operator', 'admin']],
    ['GET', '/v1/requests', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/features', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/changes', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/instances/ins_1/settings', ['operator', 'admin']],
    ['GET', '/v1/findings', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/findings/fnd_1', ['viewer', 'operator', 'admin']],
    ['POST', '/v1/findings/run', ['operator', 'admin']],
    ['GET', '/v1/findings/runs/run_1', ['viewer', 'operator', 'admin']],
    ['GET', '/v1/health', ['viewer', 'operator', 'admin']],
  ]

  it('are listed here for every route that the API has', async () => {
    const { app } = await setup()
    const document: unknown = (await app.inject({ url: '/openapi.json' })).json()
    const routes = operationsOf(document).filter((route) => route.includes(' /v1/'))
    expect(routes.sort()).toEqual(
      requests
        .map(
          ([method, url]) =>
            `${method} ${url.replace(/\/[a-z]+_1(?=\/|$)/, '/{id}').replace('source:orders', '{name}')}`,
        )
        .sort(),
    )
  })

  it.each(requests)('%s %s is open to %j only', async (method, url, allowed) => {
    const { app } = await setup()
    const statuses = new Map<string, number>()
    for (const role of ['app', 'viewer', 'operator', 'admin'] as const) {
      const answer = await app.inject({ method: verb(method), url, headers: as(role) })
      if (isForbidden(answer)) statuses.set(role, 403)
    }
    const refused = ['app', 'viewer', 'operator', 'admin'].filter((role) => statuses.has(role))
    expect(refused).toEqual(
      ['app', 'viewer', 'operator', 'admin'].filter((role) => !allowed.some((one) => one === role)),
    )
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }]) {
      const answer = await app.inject({ method: verb(method), url, headers })
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    }
  })
})

function verb(method: string): 'GET' | 'POST' | 'PUT' | 'DELETE' {
  if (method === 'POST' || method === 'PUT' || method === 'DELETE') return method
  return 'GET'
}

function isForbidden(answer: { statusCode: number; body: string }): boolean {
  return answer.statusCode === 403 && answer.body.includes('"FORBIDDEN"')
}

function operationsOf(document: unknown): string[] {
  if (typeof document !== 'object' || document === null || !('paths' in document)) return []
  return Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    Object.keys(operations ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  )
}
