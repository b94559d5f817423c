import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { OutboundAnswer, SeePiece } from '../../outbound/outbound.ts'
import type { Source } from '../../providers/sources.ts'
import { type Content, piecesOf } from '../../storage/content.ts'
import type { PutAnswer, Storage } from '../../storage/storage.ts'
import { fetchOutput } from './fetched-output.ts'

const pieces = [Buffer.from('a vi'), Buffer.from('deo')]
const whole = Buffer.concat(pieces)

const answer = (status: number, headers: Record<string, string> = {}): OutboundAnswer => {
  return { kind: 'answer', status, headers, body: Buffer.alloc(0), tookMs: 1, retryAfterMs: null }
}
const fault = (code: string): OutboundAnswer => ({ kind: 'fault', code, message: code, sent: true, tookMs: 1 })

async function showAll(see: SeePiece): Promise<void> {
  for (const piece of pieces) await see(piece)
}

interface World {
  download?: (see: SeePiece) => Promise<OutboundAnswer>
  put?: (content: Content) => Promise<PutAnswer>
  signal?: AbortSignal
}

/** What was put whole is in `stored`; a content that ended with an error is not. */
async function fetchIn({ download, put, signal = new AbortController().signal }: World) {
  const stored: Buffer[] = []
  async function take(content: Content): Promise<PutAnswer> {
    const taken: Buffer[] = []
    for await (const piece of piecesOf(content)) taken.push(Buffer.from(piece))
    stored.push(Buffer.concat(taken))
    return { kind: 'stored' }
  }
  const plain = async (see: SeePiece) => {
    await showAll(see)
    return answer(200)
  }
  const source: Pick<Source, 'download'> = { download: (_, see) => (download ?? plain)(see) }
  const storage: Pick<Storage, 'put'> = { put: (_, content) => (put ?? take)(content) }
  const where = { url: 'https://files.example.org/a.mp4', key: 'video/job_1/1.mp4', contentType: 'video/mp4' }
  const fetched = await fetchOutput({ ...where, source, storage, maxBytes: 100, signal })
  return { fetched, stored }
}

describe('an output', () => {
  test('goes straight into the storage, and is hashed on the way', async () => {
    const { fetched, stored } = await fetchIn({})
    const sha256 = createHash('sha256').update(whole).digest('hex')
    expect(fetched).toEqual({ kind: 'stored', content: { bytes: whole.length, sha256 } })
    expect(stored).toEqual([whole])
  })

  test.each<[string, World['download'], object]>([
    ['that is not there', async () => answer(404), { kind: 'not-there', code: 'OUTPUT_GONE' }],
    ['whose signature has run out', async () => answer(403), { kind: 'not-there', code: 'OUTPUT_GONE' }],
    ['without a byte', async () => answer(200), { kind: 'not-there', code: 'OUTPUT_EMPTY' }],
    ['that is not given now', async () => answer(503), { kind: 'away' }],
    ['elsewhere than allowed', async () => fault('ORIGIN_NOT_ALLOWED'), { kind: 'refused', code: 'OUTPUT_REFUSED' }],
    [
      'in a network of one’s own that is not opened',
      async () => fault('ADDRESS_BLOCKED'),
      { kind: 'refused', code: 'OUTPUT_REFUSED', reason: expect.stringContaining('`allowPrivate: true`') },
    ],
    [
      'cut short',
      async (see) => {
        await showAll(see)
        return fault('CONNECTION_LOST')
      },
      { kind: 'away' },
    ],
    [
      'that is too large',
      async (see) => {
        await showAll(see)
        return fault('ANSWER_TOO_LARGE')
      },
      { kind: 'refused', code: 'OUTPUT_TOO_LARGE' },
    ],
    [
      'that is a page',
      async (see) => {
        await showAll(see)
        return answer(200, { 'content-type': 'text/html' })
      },
      { kind: 'not-there', code: 'OUTPUT_GONE' },
    ],
  ])('%s is never stored', async (_, download, told) => {
    const { fetched, stored } = await fetchIn(download === undefined ? {} : { download })
    expect(fetched).toMatchObject(told)
    expect(stored).toEqual([])
  })

  test('that the storage does not want is not downloaded to its end', async () => {
    let shown = 0
    const download = async (see: SeePiece) => {
      for (;;) {
        await see(whole)
        shown++
      }
    }
    const down = { kind: 'unavailable', reason: 'it is down' } as const
    expect((await fetchIn({ download, put: async () => down })).fetched).toEqual({ kind: 'not-stored', fault: down })
    const full = async (content: Content): Promise<PutAnswer> => {
      for await (const _ of piecesOf(content)) break
      return down
    }
    expect((await fetchIn({ download, put: full })).fetched).toEqual({ kind: 'not-stored', fault: down })
    expect(shown).toBeLessThan(3)
  })

  test('whose worker is stopped is given up, and not stored', async () => {
    const worker = new AbortController()
    const download = async (see: SeePiece) => {
      await showAll(see)
      worker.abort(new Error('the process is stopping'))
      return fault('ABORTED')
    }
    await expect(fetchIn({ download, signal: worker.signal })).rejects.toThrow('the process is stopping')
  })

  test('lets a fault of ours be known as what it is', async () => {
    const download = () => Promise.reject(new TypeError('a bug'))
    await expect(fetchIn({ download })).rejects.toThrow('a bug')
    await expect(fetchIn({ put: () => Promise.reject(new TypeError('another')) })).rejects.toThrow('another')
  })
})
