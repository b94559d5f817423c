/** Health over several processes: what is not known to work is not called healthy. */
import { expect, test } from 'vitest'
import { page, pdf } from './pdf.ts'
import { setup } from './setup.ts'
import { look } from './waits.ts'

test('an API without a worker is partial, never healthy; with one it is healthy, and the work is done', async () => {
  await using bundle = await setup({ roles: ['intake', 'api'] })
  expect(await bundle.becket.health()).toMatchObject({
    status: 'partial',
    roles: { intake: { status: 'healthy' }, api: { status: 'healthy' }, worker: { status: 'unknown', instances: 0 } },
  })
  const document = await bundle.submit(pdf(page('Ropes')))
  const { app } = await bundle.another({ roles: ['worker'] })
  await look('a healthy worker', async () => {
    const { status, roles } = await bundle.becket.health()
    return status === 'healthy' && roles.worker.instances === 1 ? true : undefined
  })
  expect(await bundle.ended(document)).toMatchObject({ state: 'done' })

  await app.stop()
  expect(await bundle.becket.health()).toMatchObject({
    status: 'partial',
    roles: { api: { status: 'healthy' }, worker: { status: 'down', instances: 0 } },
  })
})

test('a worker that died without a word is seen as dead while the API lives, and the API still answers', async () => {
  await using bundle = await setup({ roles: ['intake', 'api'] })
  const { app } = await bundle.another({ roles: ['worker'] })
  await app.stop()
  // As a killed process leaves its row: not stopped in order, only silent.
  await bundle.db.query(
    `update becket.instance set stopped_at = null, seen_at = clock_timestamp() - interval '11 seconds'
     where roles = '{worker}'`,
  )
  const health = await bundle.becket.health()
  expect(health).toMatchObject({ status: 'partial', roles: { api: { status: 'healthy' }, worker: { status: 'down' } } })
  expect(health.instances.map(({ roles, status }) => [roles, status])).toEqual([
    [['worker'], 'down'],
    [['intake', 'api'], 'healthy'],
  ])
  for (const path of ['/livez', '/readyz']) expect((await fetch(`${bundle.url}${path}`)).status).toBe(200)
  expect(await bundle.submit(pdf(page('Ropes')))).toMatchObject({ state: 'finalized', status: 'uploaded' })
})

test('a process that takes no callbacks has providers try again; an intake takes them, and the worker reads them', async () => {
  await using bundle = await setup({ roles: ['worker'] })
  const statusOf = async (path: string, method: string) => (await fetch(`${bundle.url}${path}`, { method })).status
  expect(await statusOf('/in/llamaparse', 'POST')).toBe(503)
  expect(await statusOf('/v1/jobs', 'GET')).toBe(503)
  expect(await statusOf('/livez', 'GET')).toBe(200)
  const { url } = await bundle.another({ roles: ['intake'] })
  const answer = await fetch(`${url}/in/llamaparse`, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(200)
  await look('the callback read by the worker', async () => {
    const { rows } = await bundle.db.query(`select 1 from becket.callback where fate in ('orphan', 'quarantined')`)
    return rows[0]
  })
})
