import { describe, expect, it } from 'vitest'
import { listening, problemIn, rest } from './listening.ts'
import { limits } from './setup.ts'

describe('rubbish and slow senders', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'REQUEST_INVALID'],
    [
      'two lengths',
      'POST /in/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'REQUEST_INVALID',
    ],
    [
      'a length and chunks',
      'POST /in/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'REQUEST_INVALID',
    ],
    [
      'headers without end',
      `GET /livez HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(10_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['an address that is none', 'GET /in/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400, 'REQUEST_INVALID'],
  ])('of the kind of %s get a problem', async (_what, request, status, code) => {
    const { open } = await listening()
    const socket = await open()
    const answered = rest(socket)
    socket.write(request)
    const raw = await answered
    expect(raw).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(problemIn(raw)).toMatchObject({ status, code })
  })

  it('who never finish their headers are told so and cut off', async () => {
    const { open } = await listening({ limits: { ...limits, headersTimeoutMs: 100 } })
    const socket = await open()
    socket.write('POST /in/orders HTTP/1.1\r\nhost: x\r\n')
    expect(problemIn(await rest(socket))).toMatchObject({ status: 408, code: 'REQUEST_TOO_SLOW' })
  })

  it('who never say anything are cut off', async () => {
    const { open } = await listening({ limits: { ...limits, headersTimeoutMs: 100 } })
    expect(await rest(await open())).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  it.each(['/in/orders', '/nowhere'])('who never finish their body at %s are told so and cut off', async (path) => {
    const { open, received } = await listening({ limits: { ...limits, requestTimeoutMs: 100 } })
    const socket = await open()
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\nhalf`)
    const raw = await rest(socket)
    expect(problemIn(raw)).toMatchObject({ status: 408, code: 'REQUEST_TOO_SLOW' })
    expect(received).toEqual([])
  })
})
