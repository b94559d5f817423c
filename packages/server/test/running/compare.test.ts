/** Two installations that run, compared by the command line: what is missing, shared and changed, and in which database. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { registerDoctor } from '../../src/cli/doctor/command.ts'
import { createTerminal } from '../cli/terminal.ts'
import { COMPARE_KEY, type Installations, installations, type Running } from './two-installations.ts'

const parser = (apiKey: string) => ({ llamaparse: { provider: 'llamaparse', apiKey } })
const publicUrl = (name: string) => `https://${name}.example.org`

const good = {
  environment: 'staging',
  publicUrl: publicUrl('staging'),
  sources: { ...parser('test-key-one'), openai: { provider: 'openai', apiKey: 'test-key-two' } },
  worker: { slots: 4 },
}

const answer = z.object({
  health: z.string(),
  comparison: z.object({ rows: z.array(z.object({ variable: z.string(), verdict: z.string(), service: z.string() })) }),
  findings: z.array(
    z.object({ check: z.string(), status: z.string(), subject: z.string(), evidence: z.string(), remedy: z.string() }),
  ),
})

async function compare(one: Running | string, other: Running | string, env: Record<string, string> = {}) {
  const addressOf = (place: Running | string) => (typeof place === 'string' ? place : place.url)
  const keys = {
    ...(typeof one !== 'string' && { BECKET_API_KEY: one.apiKey }),
    ...(typeof other !== 'string' && { BECKET_AGAINST_API_KEY: other.apiKey }),
  }
  const terminal = await createTerminal({ env: { ...keys, ...env } }, [registerDoctor])
  const words = ['doctor', 'compare', addressOf(one), '--against', addressOf(other)]
  return {
    terminal,
    asText: (...more: string[]) => terminal.run(...words, ...more),
    async asked() {
      const { out, code, err } = await terminal.run(...words, '--json')
      expect(err).toBe('')
      const { findings, comparison, health } = answer.parse(JSON.parse(out))
      return {
        code,
        health,
        rows: comparison.rows,
        of: (check: string) => findings.filter((finding) => finding.check === check),
        verdictOf: (name: string) => comparison.rows.find(({ variable }) => variable === name)?.verdict,
      }
    },
  }
}

async function both(place: Installations, production: Record<string, unknown>, on?: 'one database') {
  const staging = await place.start(good)
  const other = await place.start(
    { environment: 'production', publicUrl: publicUrl('production'), ...production },
    on === undefined ? undefined : staging.database,
  )
  return { staging, production: other }
}

describe('a production that lacks what staging has, and took its keys', () => {
  it('is told what is missing and what is shared, in the order in which to mend it, without a value', async () => {
    await using place = installations()
    const { staging, production } = await both(place, { sources: parser('test-key-one') })
    const comparing = await compare(staging, production)
    const { code, of, verdictOf } = await comparing.asked()
    expect(code).toBe(2)
    expect(verdictOf('sources.openai')).toBe('missing')
    expect(verdictOf('BECKET_WORKER_SLOTS')).toBe('missing')
    expect(verdictOf('sources.llamaparse.apiKey')).toBe('shared')
    expect(verdictOf('BECKET_DOCTOR_COMPARE_KEY')).toBe('same')
    expect(of('ENV07')).toMatchObject([{ status: 'fail', subject: 'sources.llamaparse.apiKey' }])
    expect(of('RUN08')).toMatchObject([{ status: 'pass' }])
    expect(of('ENV12')).toMatchObject([{ status: 'pass', subject: 'production' }])
    const { out } = await comparing.asText('--plan')
    expect(out.indexOf('sources.llamaparse.apiKey')).toBeGreaterThan(-1)
    expect(out.indexOf('sources.openai')).toBeGreaterThan(out.indexOf('sources.llamaparse.apiKey'))
    expect(out).not.toMatch(/test-key|example\.org/)
  })

  it('is well when it has all of it, with keys of its own', async () => {
    await using place = installations()
    const sources = { ...parser('test-key-three'), openai: { provider: 'openai', apiKey: 'test-key-four' } }
    const { staging, production } = await both(place, { sources, worker: { slots: 8 } })
    expect(await (await compare(staging, production)).asked()).toMatchObject({ code: 0, health: 'fine' })
  })
})

describe('the database', () => {
  it('that staging shares with production is critical', async () => {
    await using place = installations()
    const { staging, production } = await both(place, {}, 'one database')
    const { code, of } = await (await compare(staging, production)).asked()
    expect(code).toBe(2)
    expect(of('RUN08')).toMatchObject([{ status: 'fail', evidence: expect.stringContaining('staging and production') }])
    // One thing is said once.
    expect(of('ENV07').map(({ status }) => status)).toEqual([])
  })

  it('of two processes of one environment has to be one', async () => {
    await using place = installations()
    const api = await place.start({ ...good, roles: ['intake', 'api'] })
    const worker = await place.start(good)
    const same = await api.another()
    expect((await (await compare(api, worker)).asked()).of('RUN09')).toMatchObject([{ status: 'fail' }])
    expect((await (await compare(api, same)).asked()).of('RUN09')).toMatchObject([{ status: 'pass' }])
  })

  it('is not known to be another one where the fingerprints have different keys', async () => {
    await using place = installations()
    const { staging, production } = await both(place, {
      doctor: { compareKey: 'another-test-key-here' },
      ...{ sources: parser('test-key-one') },
    })
    const { code, of, verdictOf } = await (await compare(staging, production)).asked()
    expect(code).toBe(2)
    expect(of('RUN08')).toMatchObject([{ status: 'unknown', remedy: expect.stringContaining('doctor.compareKey') }])
    expect(of('ENV07')).toMatchObject([{ status: 'unknown', remedy: expect.stringContaining('doctor.compareKey') }])
    // What is set and what is not needs no key.
    expect(verdictOf('sources.openai')).toBe('missing')
    expect(verdictOf('sources.llamaparse.apiKey')).toBe('unknown')
  })
})

describe('roles that stand apart in one of them', () => {
  it('are compared one by one with the process that is all of them in the other', async () => {
    await using place = installations()
    const staging = await place.start(good)
    const production = await place.start({
      environment: 'production',
      publicUrl: publicUrl('production'),
      sources: { ...parser('test-key-three'), openai: { provider: 'openai', apiKey: 'test-key-four' } },
      worker: { slots: 4 },
      roles: ['intake', 'api'],
    })
    await production.another({ roles: ['worker'], publicUrl: publicUrl('elsewhere') })
    const { of, rows } = await (await compare(staging, production)).asked()
    expect(new Set(rows.map(({ service }) => service))).toEqual(new Set(['intake', 'api', 'worker']))
    expect(rows.filter(({ verdict }) => verdict === 'unknown')).toEqual([])
    expect(of('ENV09')).toMatchObject([{ status: 'pass' }])
    expect(of('ENV08')).toMatchObject([{ status: 'fail', subject: 'BECKET_PUBLIC_URL' }])
  })
})

describe('what changed', () => {
  it('since the last good release is told by name, with when', async () => {
    await using place = installations()
    const { staging, production } = await both(place, {})
    await production.another({ recovery: { enabled: false } })
    const [found] = (await (await compare(staging, production)).asked()).of('ENV12')
    expect(found).toMatchObject({ status: 'fail', subject: 'production' })
    expect(found?.evidence).toMatch(/Since .+ the last good release of production .+ recovery\.enabled/)
  })
})

describe('a file', () => {
  const written = [
    'ENVIRONMENT=staging',
    `BECKET_DOCTOR_COMPARE_KEY=${COMPARE_KEY}`,
    'BECKET_PUBLIC_URL=https://production.example.org',
    'LLAMAPARSE_API_KEY=test-key-one',
    'BECKET_WORKER_SLOTS=4',
  ]

  it('is compared with a running installation under the key that it names', async () => {
    await using place = installations()
    const production = await place.start({
      environment: 'production',
      publicUrl: publicUrl('production'),
      sources: parser('test-key-one'),
    })
    const comparing = await compare('staging.env', production)
    await writeFile(join(comparing.terminal.cwd, 'staging.env'), written.join('\n'))
    const { of, verdictOf } = await comparing.asked()
    expect(of('ENV07').map(({ subject }) => subject)).toEqual(['BECKET_PUBLIC_URL', 'sources.llamaparse.apiKey'])
    expect(verdictOf('BECKET_WORKER_SLOTS')).toBe('missing')
    expect(verdictOf('LLAMAPARSE_API_KEY')).toBeUndefined()
  })
})

describe('an installation that cannot be asked', () => {
  it('is named, with what to do', async () => {
    await using place = installations()
    const staging = await place.start(good)
    const { err, code } = await (await compare(staging, staging, { BECKET_AGAINST_API_KEY: 'wrong-test-key' })).asText()
    expect(code).toBe(2)
    expect(err).toContain(`${new URL(staging.url).host} refuses the key`)
    expect(err).not.toContain('wrong-test-key')
    const away = await (await compare('http://127.0.0.1:9', staging)).asText()
    expect(away.err).toContain('127.0.0.1:9 cannot be asked')
  })

  it('gets no key that belongs to the other', async () => {
    const { run } = await createTerminal({ env: { BECKET_API_KEY: 'test-key' } }, [registerDoctor])
    const { err } = await run('doctor', 'compare', 'https://one.example.org', 'https://other.example.org')
    expect(err).toContain('A key of other.example.org is needed')
    expect(err).toContain('BECKET_AGAINST_API_KEY')
  })
})
