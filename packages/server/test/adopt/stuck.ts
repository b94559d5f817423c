/**
 * Work that its owner has lost sight of: done by a real toolkit's stand-in, with nobody called back, and still `processing`
 * in a table of Airtable; a whole server beside it, and a terminal to adopt with.
 */
import { type AirtableStandIn, createAirtable } from '@becket/rehearsal'
import { onTestFinished } from 'vitest'
import { registerAdopt } from '../../src/cli/adopt/command.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal, type Ran } from '../cli/terminal.ts'
import { ADMIN_KEY, type Bundle, type SetupOptions, setup } from '../video/setup.ts'

const BASE = 'appStuck000000001'
const HOUR = 3_600_000

export interface Stuck {
  bundle: Bundle
  airtable: AirtableStandIn
  /** Done by the toolkit; its id for it. */
  rendered(operation: 'concatenate' | 'combine'): Promise<string>
  /** A row of the table, made an hour ago unless told; its record id. */
  job(fields: Record<string, unknown>, agoMs?: number): Promise<string>
  /** By record id. */
  rows(): Map<string, Record<string, unknown>>
  /** The words behind `becket adopt`. */
  adopt(...words: string[]): Promise<Ran>
  adopted(...words: string[]): Promise<{ code: number; answer: Record<string, unknown> }>
}

export async function stuck(options: SetupOptions = {}): Promise<Stuck> {
  let agoMs = 0
  const airtable = createAirtable({
    environment: 'test',
    seed: 1,
    limits: null,
    apiKey: 'test-key',
    now: () => Date.now() - agoMs,
    bases: {
      [BASE]: {
        Jobs: {
          'Job Type': 'text',
          Type: 'text',
          Status: { select: ['pending', 'processing', 'completed', 'failed'] },
          'External Job ID': 'text',
          'Error Details': 'text',
          'Response Payload': 'text',
        },
      },
    },
  })
  const at = await airtable.start()
  onTestFinished(() => airtable.stop())
  const table = `${at.baseUrl}/v0/${BASE}/Jobs`
  const sink = {
    kind: 'airtable',
    baseUrl: at.baseUrl,
    apiKey: 'test-key',
    allowPrivate: true,
    base: BASE,
    table: 'Jobs',
    identify: 'record',
    fields: { Status: '/status', 'Error Details': '/error/message', 'Response Payload': '/output/urls/0' },
  }
  const bundle = await setup({ ...options, settings: { sinks: { jobs: sink } } })
  onTestFinished(() => bundle[Symbol.asyncDispose]())

  async function post(url: string, headers: Record<string, string>, body: object) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`)
    return JSON.parse(text)
  }

  async function adopt(...words: string[]): Promise<Ran> {
    const lines = { out: '', err: '' }
    const { io } = await createTerminal({
      now: Date.now,
      env: { AIRTABLE_API_KEY: 'test-key', AIRTABLE_ENDPOINT_URL: at.baseUrl, BECKET_API_KEY: ADMIN_KEY },
      out: (line) => {
        lines.out += `${line}\n`
      },
      err: (line) => {
        lines.err += `${line}\n`
      },
    })
    const all = ['adopt', '--url', bundle.url, '--wait', '20s', ...words]
    return { code: await run(all, io, '0.0.0', [registerAdopt]), ...lines }
  }

  return {
    bundle,
    airtable,
    adopt,
    async adopted(...words) {
      const { code, out } = await adopt(...words, '--json')
      return { code, answer: JSON.parse(out) }
    },
    async rendered(operation) {
      const { baseUrl, apiKey } = bundle.at
      const video = { video_url: 'https://files.example.org/a.mp4' }
      const [route, body] =
        operation === 'concatenate'
          ? ['/v1/video/concatenate', { video_urls: [video, video] }]
          : [
              '/v1/ffmpeg/compose',
              { inputs: [{ file_url: video.video_url }], outputs: [{ options: [{ option: '-c', argument: 'copy' }] }] },
            ]
      // An empty address: queued, and nobody is called back.
      const taken = await post(
        `${baseUrl}${route}`,
        { 'x-api-key': apiKey },
        { ...body, webhook_url: '', id: 'theirs' },
      )
      return String(taken.job_id)
    },
    async job(fields, ago = HOUR) {
      agoMs = ago
      const made = await post(
        table,
        { authorization: 'Bearer test-key' },
        { fields: { Status: 'processing', ...fields } },
      )
      agoMs = 0
      return String(made.id)
    },
    rows: () => new Map(airtable.rows().map(({ id, fields }) => [id, fields])),
  }
}

export { BASE }
