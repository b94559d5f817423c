/** What the CLI shows of the system that runs. */
import type { Change, Feature, Finding } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { createFakeServer } from './answers.ts'
import { createTerminal } from './terminal.ts'

const change: Change = {
  id: 'chg_01h455vb4pex5vsknk084sn02q',
  at: '2030-01-01T11:00:00Z',
  kind: 'configuration',
  subject: 'worker',
  previous: 'aaaa',
  present: 'bbbb',
  detail: { settings: ['worker.slots', 'publicUrl'] },
  instanceId: 'ins_01h455vb4pex5vsknk084sn02q',
  by: 'start',
}

const finding: Finding = {
  id: 'fnd_01h455vb4pex5vsknk084sn02q',
  check: 'RUN01',
  title: 'Nobody does the work of a role',
  subject: 'worker',
  service: null,
  environment: 'staging',
  status: 'resolved',
  severity: 'error',
  evidence: 'No live worker is registered.',
  consequence: 'No job gets on.',
  remedy: 'becket serve --roles worker',
  capability: null,
  firstSeen: '2030-01-01T10:00:00Z',
  lastSeen: '2030-01-01T10:30:00Z',
  times: 3,
  resolvedAt: '2030-01-01T11:00:30Z',
  resolvedAfter: change,
}

const feature: Feature = {
  name: 'recovery',
  enabled: true,
  percent: 25,
  does: 'asks providers',
  without: 'nobody is asked',
  has: null,
}

describe('becket findings', () => {
  it('lists what is open where nothing else is asked for', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/findings': { items: [finding], nextCursor: null } })
    const { run } = await createTerminal()
    const { code, out } = await run('findings', 'list', '--url', url)
    expect(code).toBe(0)
    expect(asked[0]?.query).toMatchObject({ status: 'fail,unknown' })
    expect(out).toContain('Nobody does the work of a role')
  })

  it('shows one with what to do, when it passed, and after which change', async () => {
    const { url } = await createFakeServer({ [`GET /v1/findings/${finding.id}`]: finding })
    const { run } = await createTerminal()
    const { out } = await run('findings', 'show', finding.id, '--url', url)
    expect(out).toContain('becket serve --roles worker')
    expect(out).toMatch(/resolved +59 min 30 s ago/)
    expect(out).toMatch(/after +configuration of worker: aaaa → bbbb/)
  })

  it('says that none does not mean that anybody looked', async () => {
    const { url } = await createFakeServer({ 'GET /v1/findings': { items: [], nextCursor: null } })
    const { run } = await createTerminal()
    expect((await run('findings', 'list', '--url', url)).out).toContain('becket findings run')
  })
})

describe('becket changes', () => {
  it('lists them with the names of the settings that differ', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/changes': { items: [change], nextCursor: null } })
    const { run } = await createTerminal()
    const { code, out } = await run('changes', 'list', '--kind', 'configuration,release', '--url', url)
    expect(code).toBe(0)
    expect(out).toContain('worker.slots, publicUrl')
    expect(asked[0]?.query).toMatchObject({ kind: 'configuration,release' })
  })

  it('refuses a kind that is none, with the one that was meant', async () => {
    const { run } = await createTerminal()
    const { code, err } = await run('changes', 'list', '--kind', 'releases', '--url', 'http://127.0.0.1:9')
    expect(code).toBe(2)
    expect(err).toContain('Did you mean release?')
  })
})

describe('becket features', () => {
  it('says who has each', async () => {
    const { url } = await createFakeServer({ 'GET /v1/features': { items: [feature] } })
    const { run } = await createTerminal()
    const { out } = await run('features', '--url', url)
    expect(out).toContain('25 of 100')
  })

  it('says whether one job has them', async () => {
    const { url, asked } = await createFakeServer({ 'GET /v1/features': { items: [{ ...feature, has: false }] } })
    const { run } = await createTerminal()
    const { out } = await run('features', '--for', 'job_1', '--url', url)
    expect(asked[0]?.query).toMatchObject({ for: 'job_1' })
    expect(out).toMatch(/recovery +no +/)
  })
})
