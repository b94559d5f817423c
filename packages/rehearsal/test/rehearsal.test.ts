import { expect, onTestFinished, test } from 'vitest'
import {
  createAirtable,
  createLlamaParse,
  createNca,
  createOpenAi,
  createRehearsal,
  createS3,
  createStorage,
  RehearsalError,
} from '../src/index.ts'

test.each(['production', 'Production', 'prod'])('nothing starts where the environment is %s', async (environment) => {
  for (const create of [
    createRehearsal,
    createLlamaParse,
    createOpenAi,
    createStorage,
    createNca,
    createAirtable,
    createS3,
  ]) {
    const standIn = create({ environment, seed: 1 })
    await expect(standIn.start()).rejects.toMatchObject({
      code: 'STAND_IN_IN_PRODUCTION',
      hint: expect.stringContaining('real provider'),
    })
    await standIn.stop()
  }
})

test('nothing starts where the environment is not named', async () => {
  await expect(createRehearsal({ environment: ' ', seed: 1 }).start()).rejects.toMatchObject({
    code: 'ENVIRONMENT_MISSING',
  })
})

test('all stand-ins start on loopback with keys of their own, write one ledger, and stop', async () => {
  const lines: string[] = []
  const log = {
    info: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
    warn: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
  }
  const rehearsal = createRehearsal({ environment: 'test', seed: 'demo', log })
  onTestFinished(() => rehearsal.stop())
  const { llamaparse, openai, storage, nca } = await rehearsal.start()
  for (const { baseUrl } of [llamaparse, openai, storage, nca]) expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(new Set([llamaparse.apiKey, openai.apiKey, storage.apiKey, nca.apiKey]).size).toBe(4)
  expect(await rehearsal.start()).toEqual({ llamaparse, openai, storage, nca, airtable: null, s3: null })
  await fetch(`${openai.baseUrl}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${openai.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'text-embedding-3-small', input: 'rope' }),
  })
  expect(rehearsal.ledger.summary()).toMatchObject({ embeds: 1, embeddedItems: 1 })
  await rehearsal.stop()
  await rehearsal.stop()
  await expect(fetch(openai.baseUrl)).rejects.toThrow()
  expect(lines.join('\n')).not.toContain(openai.apiKey)
})

test('a stand-in that was stopped starts again, on the same key', async () => {
  const storage = createStorage({ environment: 'test', seed: 1 })
  onTestFinished(() => storage.stop())
  const first = await storage.start()
  await storage.stop()
  const second = await storage.start()
  expect(second.apiKey).toBe(first.apiKey)
  expect((await fetch(second.baseUrl)).headers.get('x-becket-stand-in')).toBe('true')
})

test('a port that is taken is named, and what had started is stopped', async () => {
  const holder = createStorage({ environment: 'test', seed: 1 })
  onTestFinished(() => holder.stop())
  const port = Number(new URL((await holder.start()).baseUrl).port)
  const rehearsal = createRehearsal({ environment: 'test', seed: 1, ports: { storage: port } })
  await expect(rehearsal.start()).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    message: expect.stringContaining(String(port)),
  })
})

test('faults that do not exist are refused before anything starts, with what was probably meant', () => {
  const create = (faults: object) => () => createRehearsal({ environment: 'test', seed: 1, faults })
  expect(create({ parse: { los: 0.4 } })).toThrow(/unknown fault `los` of `parse`, did you mean `loss`\?/)
  expect(create({ prase: { loss: 1 } })).toThrow(/unknown operation `prase`, did you mean `parse`\?/)
  expect(create({ parse: { loss: 2 } })).toThrow(RehearsalError)
})

test('Airtable and S3 start where they are named, and what the NCA Toolkit makes can lie in S3', async () => {
  const rehearsal = createRehearsal({
    environment: 'test',
    seed: 1,
    ffmpeg: null,
    airtable: {},
    s3: { ncaOutputs: true },
  })
  onTestFinished(() => rehearsal.stop())
  const { airtable, s3, nca } = await rehearsal.start()
  const submitted = await fetch(`${nca.baseUrl}/v1/video/caption`, {
    method: 'POST',
    headers: { 'x-api-key': nca.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ video_url: 'https://files.example.org/a.mp4' }),
  })
  const url = String(JSON.parse(await submitted.text()).response)
  expect(url.startsWith(`${s3?.endpoint}/nca-toolkit/`)).toBe(true)
  expect(nca.artifactBase).toBe(`${s3?.endpoint}/nca-toolkit`)
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
  await fetch(`${airtable?.baseUrl}/v0/${airtable?.base}/Videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${airtable?.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { Name: 'a', 'Video URL': url } }),
  })
  expect(rehearsal.rows()).toMatchObject([{ table: 'Videos', fields: { Name: 'a', 'Video URL': url } }])
})

test('what goes wrong can change while they run, and what is not named stays', async () => {
  const rehearsal = createRehearsal({ environment: 'test', seed: 1, faults: { embed: { zeroVector: 1 } } })
  onTestFinished(() => rehearsal.stop())
  const { openai } = await rehearsal.start()
  const embed = async (input: string) => {
    const answer = await fetch(`${openai.baseUrl}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${openai.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'text-embedding-3-small', input }),
    })
    return answer.status
  }
  expect(await embed('a')).toBe(200)
  rehearsal.change({ embed: { serverError: 1 } })
  expect(await embed('b')).toBe(503)
  rehearsal.change({ embed: { serverError: null } })
  expect(await embed('c')).toBe(200)
  expect(rehearsal.ledger.summary().faults).toEqual({ zeroVector: 2, serverError: 1 })
  expect(() => rehearsal.change({ embed: { serverError: 2 } })).toThrow(RehearsalError)
})
