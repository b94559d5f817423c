/** An answer received piece by piece, against real servers: large, slow, silent, refusing ones. */
import { createHash, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { DownloadRequest } from '../../src/outbound/outbound.ts'
import { createWire, get, say } from './wire.ts'

const wire = createWire()
const MEBIBYTE = 1024 * 1024

const download = (url: string, more: Partial<DownloadRequest> = {}): DownloadRequest => ({
  ...get(url),
  maxBytes: 64 * MEBIBYTE,
  ...more,
})

/** So many mebibytes, as fast as they are taken; `sent` grows with them. */
function sending(mebibytes: number) {
  const piece = randomBytes(MEBIBYTE)
  const state = { sent: 0, piece }
  function* pieces() {
    for (let count = 0; count < mebibytes; count++) {
      state.sent++
      yield piece
    }
  }
  // A receiver that goes away is what some of these tests are about.
  const listener = (response: ServerResponse) => void pipeline(Readable.from(pieces()), response, () => {})
  return { state, listener }
}

describe('a download', () => {
  test('shows every byte in order, holds none, and leaves a record with their number', async () => {
    const { state, listener } = sending(12)
    const { origin } = await wire.serve((_, response) => listener(response))
    const { outbound, records } = wire.open({ baseUrl: origin })
    const hash = createHash('sha256')
    let looking = 0
    const answer = await outbound.download(download('/'), async (piece) => {
      expect(++looking).toBe(1)
      await new Promise(setImmediate)
      hash.update(piece)
      looking--
    })
    expect(answer).toMatchObject({ kind: 'answer', status: 200, body: Buffer.alloc(0) })
    const wanted = createHash('sha256')
    for (let count = 0; count < 12; count++) wanted.update(state.piece)
    expect(hash.digest('hex')).toBe(wanted.digest('hex'))
    expect(records).toEqual([expect.objectContaining({ status: 200, bytes: 12 * MEBIBYTE })])
  })

  test('reads nothing more while a piece is looked at', async () => {
    const { state, listener } = sending(60)
    let drained: () => void = () => {}
    const stuck = new Promise<void>((resolve) => {
      drained = resolve
    })
    const { origin } = await wire.serve((_, response) => {
      listener(response)
      // What the sockets hold is sent; then the sender waits.
      const seenAt = { sent: -1 }
      const timer = setInterval(() => {
        if (state.sent === seenAt.sent) {
          clearInterval(timer)
          drained()
        }
        seenAt.sent = state.sent
      }, 50)
    })
    const { outbound } = wire.open({ baseUrl: origin })
    let first = true
    let sentMeanwhile = 0
    await outbound.download(download('/'), async () => {
      if (!first) return
      first = false
      await stuck
      sentMeanwhile = state.sent
    })
    expect(sentMeanwhile).toBeLessThan(30)
    expect(state.sent).toBe(60)
  })

  test('is given up when nothing comes any more, long before its deadline', async () => {
    const { origin } = await wire.serve((_, response) => {
      response.write('the beginning')
    })
    const { outbound, records } = wire.open({ baseUrl: origin })
    const seen: string[] = []
    const answer = await outbound.download(download('/', { idleMs: 60 }), (piece) => void seen.push(String(piece)))
    expect(answer).toMatchObject({ kind: 'fault', code: 'TIMEOUT', sent: true })
    expect(seen).toEqual(['the beginning'])
    expect(records[0]).toMatchObject({ fault: 'TIMEOUT', bytes: 13 })
  })

  test('that drips for ever is given up at the deadline', async () => {
    const { origin } = await wire.serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(timer))
    })
    const { outbound } = wire.open({ baseUrl: origin })
    const answer = await outbound.download(download('/', { deadlineMs: 80 }), () => {})
    expect(answer).toMatchObject({ kind: 'fault', code: 'TIMEOUT' })
  })

  test('over the cap is not read on', async () => {
    const { listener } = sending(20)
    const { origin } = await wire.serve((_, response) => listener(response))
    const { outbound, records } = wire.open({ baseUrl: origin })
    const answer = await outbound.download(download('/', { maxBytes: MEBIBYTE }), () => {})
    expect(answer).toMatchObject({ kind: 'fault', code: 'ANSWER_TOO_LARGE' })
    expect(records[0]?.bytes).toBeLessThan(2 * MEBIBYTE)
  })

  test('that is no success is not shown, and says why', async () => {
    const { origin } = await wire.serve((_, response) => response.writeHead(403).end('no, since'))
    const { outbound } = wire.open({ baseUrl: origin })
    const seen: Buffer[] = []
    const answer = await outbound.download(download('/'), (piece) => void seen.push(piece))
    expect(answer).toMatchObject({ kind: 'answer', status: 403, body: Buffer.from('no, since') })
    expect(seen).toEqual([])
  })

  test('follows a redirect and shows only where it leads', async () => {
    const { origin } = await wire.serve((request, response) => {
      if (request.url === '/there') response.end('the file')
      else response.writeHead(302, { location: '/there' }).end('moved')
    })
    const { outbound, records } = wire.open({ baseUrl: origin })
    const seen: string[] = []
    await outbound.download(download('/'), (piece) => void seen.push(String(piece)))
    expect(seen).toEqual(['the file'])
    expect(records).toHaveLength(2)
  })

  test('is guarded as every request is', async () => {
    const { origin, seen } = await wire.serve(say('x'))
    const { outbound } = wire.open({ baseUrl: 'https://api.example.org' })
    const answer = await outbound.download(download(`${origin}/file`), () => {})
    expect(answer).toMatchObject({ kind: 'fault', code: 'ADDRESS_BLOCKED', sent: false })
    expect(seen).toHaveLength(0)
  })

  test('rejects with what its reader threw, and is read no further', async () => {
    const { state, listener } = sending(60)
    const { origin } = await wire.serve((_, response) => listener(response))
    const { outbound, records } = wire.open({ baseUrl: origin })
    const full = new Error('the disk is full')
    const see = () => {
      throw full
    }
    await expect(outbound.download(download('/'), see)).rejects.toBe(full)
    expect(state.sent).toBeLessThan(60)
    expect(records).toHaveLength(1)
  })

  test('cut short is not an answer, whatever was seen', async () => {
    const { origin } = await wire.serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.socket?.destroy())
    })
    const { outbound } = wire.open({ baseUrl: origin })
    expect(await outbound.download(download('/'), () => {})).toMatchObject({ kind: 'fault', code: 'CONNECTION_LOST' })
  })

  test('ends when its caller gives up', async () => {
    const caller = new AbortController()
    const { origin } = await wire.serve((_, response) => {
      response.write('x')
    })
    const { outbound } = wire.open({ baseUrl: origin })
    const answer = await outbound.download(download('/', { signal: caller.signal }), () => caller.abort())
    expect(answer).toMatchObject({ kind: 'fault', code: 'ABORTED' })
  })
})
