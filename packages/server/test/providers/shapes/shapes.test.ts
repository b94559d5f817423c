/**
 * The shapes in which providers call back, one file each, written down from what they document and what was seen. What
 * each of them means is in the table; once a provider changes a shape, the change is set aside, never misread.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRecord, unpack } from '../../../src/providers/json-body.ts'
import type { Reading } from '../../../src/providers/provider.ts'
import { findProvider } from '../../../src/providers/registry.ts'

const OURS = 'exp_01hzy3v9d6e8r9t0vwxyzabcde'
const JOB = '4b7c1c0e-6f0f-4a0e-9a39-1f5a3f1f7d11'
const VIDEO = `https://files.example.org/bucket/${JOB}_output_0.mp4`
const TASK = 'b3f0a3c4-7d0e-4a57-9b0b-2a1d7c0f4e11'
const providerTime = '2025-11-24T16:00:00.000Z'

const succeeded = (externalId: string | null, output: unknown) => ({
  kind: 'outcome',
  externalId,
  outcome: { verdict: 'succeeded', output },
})
const failed = (externalId: string | null, code: string, retryable: boolean) => ({
  kind: 'outcome',
  externalId,
  outcome: { verdict: 'failed', error: { code, retryable } },
})
const progress = (externalId: string) => ({ kind: 'progress', externalId })
const unreadable = { kind: 'unreadable' }
const needsExternalId = { ...succeeded(null, { ref: null }), needsExternalId: true }

const meanings: Record<string, Record<string, object>> = {
  llamaparse: {
    'v1-result': succeeded(null, { markdown: '# Ahoy\n\nSecond line' }),
    'v1-pages-only': succeeded(null, { markdown: '# One\n\n# Two' }),
    'v1-result-list': succeeded(null, { markdown: '# One\n\n# Two' }),
    'v2-success': succeeded('pjb-7f3a', { ref: 'pjb-7f3a' }),
    'v2-success-string': succeeded('pjb-7f3a', { ref: 'pjb-7f3a' }),
    'v2-partial-success': succeeded('pjb-7f3a', { ref: 'pjb-7f3a', partial: true }),
    'v2-error': failed('pjb-7f3a', 'PDF_IS_ENCRYPTED', false),
    'v2-error-string': failed('pjb-7f3a', 'PDF_IS_ENCRYPTED', false),
    'v2-cancelled': failed('pjb-7f3a', 'CANCELLED', false),
    'v2-running': progress('pjb-7f3a'),
    'v2-null-ids': needsExternalId,
  },
  'nca-toolkit': {
    'compose-list': succeeded(OURS, { urls: [VIDEO] }),
    'compose-metadata': succeeded(OURS, { urls: [VIDEO], raw: [expect.objectContaining({ filesize: 1_048_576 })] }),
    'concatenate-string': succeeded(OURS, { urls: [`https://files.example.org/bucket/${JOB}.mp4`] }),
    'transcribe-object': succeeded(OURS, { urls: [], raw: expect.objectContaining({ text: 'Ahoy' }) }),
    'null-id': succeeded(JOB, { urls: [VIDEO] }),
    'null-ids': succeeded(null, { urls: [VIDEO] }),
    'failure-string': failed(OURS, '500', true),
    'failure-object': failed(OURS, '400', false),
    queued: progress(OURS),
    // Its own id is another than the one that the submit was answered with: ours finds the way.
    'cloud-run-success': succeeded(OURS, { urls: ['https://files.example.org/bucket/other.mp4'] }),
    'cloud-run-failure': failed(OURS, '500', true),
  },
  openai: {
    'response-completed': succeeded('resp_68f1', { ref: 'resp_68f1' }),
    'response-failed': failed('resp_68f1', 'RESPONSE_FAILED', true),
    'response-cancelled': failed('resp_68f1', 'RESPONSE_CANCELLED', false),
    'response-incomplete': failed('resp_68f1', 'RESPONSE_INCOMPLETE', false),
    'batch-completed': succeeded('batch_68f0', { ref: 'batch_68f0' }),
    'batch-failed': failed('batch_68f0', 'BATCH_FAILED', false),
    'batch-expired': failed('batch_68f0', 'BATCH_EXPIRED', true),
    'batch-cancelled': failed('batch_68f0', 'BATCH_CANCELLED', false),
    'fine-tuning': unreadable,
  },
  piapi: {
    completed: succeeded(TASK, { ref: TASK, output: { video_url: 'https://img.example.org/1.mp4' } }),
    failed: failed(TASK, '10000', true),
    processing: progress(TASK),
    'completed-empty': unreadable,
  },
  elevenlabs: {
    transcript: succeeded(OURS, { ref: 'tr_81', text: 'Ahoy', raw: expect.anything() }),
    'transcript-metadata-string': succeeded(OURS, { ref: 'tr_81', text: 'Ahoy', raw: expect.anything() }),
    'transcript-foreign': succeeded('tr_81', { ref: 'tr_81', text: 'Ahoy', raw: expect.anything() }),
    'transcript-channels': succeeded('tr_82', { ref: 'tr_82', text: 'One\nTwo', raw: expect.anything() }),
    'post-call': unreadable,
  },
}

const shapes = Object.entries(meanings).flatMap(([provider, ofProvider]) =>
  Object.entries(ofProvider).map(([name, meaning]) => ({ provider, name, meaning })),
)
const folder = (path: string) => new URL(`./${path}`, import.meta.url)
const bytesOf = ({ provider, name }: { provider: string; name: string }) =>
  readFileSync(folder(`${provider}/${name}.json`))

/** Every provider whose shapes are here can be made without options, and reading calls nobody. */
function readerOf(name: string): (body: Buffer) => Reading {
  const provider = findProvider(name)
  if (provider === null) throw new Error(`there is no provider ${name}`)
  const request = () => Promise.reject(new Error('reading a callback calls nobody'))
  const api = provider.create({
    id: name,
    options: provider.options.parse({}),
    outbound: { request, download: request },
  })
  return (body) => api.read({ method: 'POST', headers: {}, body, hints: {} })
}

const readers = new Map(Object.keys(meanings).map((name) => [name, readerOf(name)]))
const read = (provider: string, body: Buffer): Reading => {
  const reader = readers.get(provider)
  if (reader === undefined) throw new Error(`there is no reader for ${provider}`)
  return reader(body)
}

describe('a shape that a provider calls back in', () => {
  it.each(shapes)('of $provider is read for what it means: $name', (shape) => {
    expect(read(shape.provider, bytesOf(shape))).toMatchObject(shape.meaning)
  })

  it('has a meaning in the table for every file', () => {
    for (const [provider, ofProvider] of Object.entries(meanings)) {
      const files = readdirSync(folder(`${provider}/`)).map((file) => file.replace(/\.json$/, ''))
      expect(files.sort()).toEqual(Object.keys(ofProvider).sort())
    }
  })

  it('of the events of OpenAI and ElevenLabs tells when it happened', () => {
    for (const [provider, name] of [
      ['openai', 'batch-completed'],
      ['elevenlabs', 'transcript'],
    ] as const) {
      expect(read(provider, bytesOf({ provider, name }))).toMatchObject({ outcome: { providerTime } })
    }
  })
})

/** Every line of text in a value, numbers as text too, also of JSON that was put into a text. */
function linesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(linesIn)
  if (isRecord(value)) return Object.values(value).flatMap(linesIn)
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const inner = unpack(value)
  const lines = String(value)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return typeof inner === 'object' ? [...lines, ...linesIn(inner)] : lines
}

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

describe('a shape that was changed at its top', () => {
  const renamings = fc.constantFrom(
    (key: string) => `${key}_v3`,
    (key: string) => key.toUpperCase(),
    (key: string) => key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()).concat('2'),
  )

  it.each(shapes)('is set aside or still means the same, and nothing is made up: $provider $name', (shape) => {
    const written: unknown = JSON.parse(bytesOf(shape).toString())
    const isString = typeof written === 'string'
    const body = unpack(written)
    if (!isRecord(body)) throw new Error('every shape here is an object, or one in a text')
    const before = read(shape.provider, bytesOf(shape))
    const change = fc.constantFrom(...Object.keys(body)).chain((key) =>
      fc.oneof(
        renamings.map((rename) => ({ key, as: rename(key), value: body[key] })),
        fc
          .jsonValue({ maxDepth: 2 })
          .filter((value) => kindOf(value) !== kindOf(body[key]))
          .map((value) => ({ key, as: key, value })),
      ),
    )
    fc.assert(
      fc.property(change, ({ key, as, value }) => {
        const entries = Object.entries(body).map(([name, old]) => (name === key ? [as, value] : [name, old]))
        const changed = Object.fromEntries(entries)
        const sent = JSON.stringify(isString ? JSON.stringify(changed) : changed)
        const after = read(shape.provider, Buffer.from(sent))
        if (after.kind === 'unreadable') return
        expect(after.kind).toBe(before.kind)
        const said = linesIn(changed)
        if (after.externalId !== null) expect(said).toContain(after.externalId)
        if (after.kind !== 'outcome' || before.kind !== 'outcome') return
        expect(after.outcome.verdict).toBe(before.outcome.verdict)
        // A failure may have lost its reason on the way: a failure it is.
        if (after.outcome.verdict !== 'succeeded') return
        // Whatever the output says, the provider has said.
        for (const line of linesIn(after.outcome.output)) expect(said).toContain(line)
      }),
      { numRuns: 60 },
    )
  })
})
