/** The content of a document on its way in: passed on as it comes, and never taken for whole when it is not. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listening, problemIn, rest } from './listening.ts'
import { as, limits } from './setup.ts'

const path = '/v1/documents/doc_1/content'
const { authorization } = as('app')
const head = (bytes: number, to = path) =>
  `PUT ${to} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: ${bytes}\r\n\r\n`

describe('the content of a document', () => {
  it('arrives byte for byte, in however many pieces it is sent', async () => {
    const { open, uploaded } = await listening()
    const socket = await open()
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256))
    socket.write(head(bytes.length))
    for (let at = 0; at < bytes.length; at += 33_333) socket.write(bytes.subarray(at, at + 33_333))
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 /)
    expect(uploaded[0]?.equals(bytes)).toBe(true)
    socket.destroy()
  })

  it('that is too large is refused while it is still being sent', async () => {
    const { open, uploaded } = await listening()
    const socket = await open()
    const answered = answerOf(socket)
    const piece = Buffer.alloc(limits.maxDocumentBytes)
    socket.write(head(piece.length * 2))
    socket.write(piece)
    socket.write(piece)
    expect(problemIn(await answered)).toMatchObject({ status: 413, code: 'DOCUMENT_TOO_LARGE' })
    expect(uploaded).toEqual([])
    socket.destroy()
  })

  it('that does not come in time is refused, and its sender cut off', async () => {
    const { open, uploaded } = await listening({ limits: { ...limits, uploadTimeoutMs: 100 } })
    const socket = await open()
    socket.write(`${head(10)}half`)
    expect(problemIn(await rest(socket))).toMatchObject({ status: 408, code: 'REQUEST_TOO_SLOW' })
    expect(uploaded).toEqual([])
  })

  it('for a document that there is not is answered although nobody reads it, and the connection goes on', async () => {
    const { open } = await listening()
    const socket = await open()
    const first = answerOf(socket)
    socket.write(head(100_000, '/v1/documents/doc_2/content'))
    socket.write(Buffer.alloc(100_000))
    expect(problemIn(await first)).toMatchObject({ status: 404 })
    socket.write(`${head(3)}abc`)
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('whose sender goes away in the middle is not taken for whole', async () => {
    const { open, uploaded, broken } = await listening()
    const socket = await open()
    socket.write(`${head(10)}half`)
    socket.destroy()
    expect(await broken).toMatchObject({ code: 'REQUEST_INVALID' })
    expect(uploaded).toEqual([])
  })
})

/** One answer; what comes after it is left for the next. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let raw = ''
    const onData = (chunk: Buffer) => {
      raw += chunk.toString('latin1')
      const body = raw.indexOf('\r\n\r\n') + 4
      const length = Number(/^content-length: (\d+)/im.exec(raw)?.[1])
      if (body < 4 || raw.length < body + length) return
      socket.off('data', onData).off('close', onClose)
      resolve(raw)
    }
    const onClose = () => reject(new Error(`closed after: ${raw}`))
    socket
      .on('data', onData)
      .once('close', onClose)
      .on('error', () => undefined)
  })
}
