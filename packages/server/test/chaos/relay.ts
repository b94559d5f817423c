/**
 * Stands in a line between the server and the others, and passes everything on unchanged: so a test knows the moment at
 * which a request or an answer is on its way, can have the server killed right then, and knows what was answered.
 * An answer during whose passage the server was killed is not passed on: it would have died with its sender.
 */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { listenOn } from './listen-on.ts'

export type Phase = 'asked' | 'answered'

export interface Moment {
  kind: string
  phase: Phase
}

export interface Answered {
  kind: string
  method: string
  path: string
  sent: Buffer
  status: number
  body: Buffer
  /** False: the asker never saw it. */
  passedOn: boolean
}

export interface Relay {
  url: string
  /** Every answer that came, whether it was passed on or not. */
  answers: readonly Answered[]
  stop(): Promise<void>
}

export interface RelayOptions {
  /** Asked at each request, so that the server may be anywhere, or not be there. */
  target: () => string
  /** The word for what is asked. */
  kindOf(method: string, path: string): string
  /** True: the one that answers, or the one that asks, was killed at this moment. */
  onMoment(moment: Moment): boolean
}

export async function startRelay({ target, kindOf, onMoment }: RelayOptions): Promise<Relay> {
  const answers: Answered[] = []
  const server = createServer((request, response) => {
    relay(request, response).catch(() => response.destroy())
  })

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request
    const kind = kindOf(method, path)
    const sent = await bodyOf(request)
    const answering = pass(new URL(path, target()), method, request.rawHeaders, sent)
    onMoment({ kind, phase: 'asked' })
    const answer = await answering
    const body = await bodyOf(answer)
    const status = answer.statusCode ?? 0
    const passedOn = !onMoment({ kind, phase: 'answered' })
    answers.push({ kind, method, path, sent, status, body, passedOn })
    if (!passedOn) {
      response.destroy()
      return
    }
    response.writeHead(status, withoutHop(answer.rawHeaders))
    response.end(body)
  }

  const port = await listenOn(server)
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function pass(url: URL, method: string, rawHeaders: string[], body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // No pooled connections: one that died with the server must not fail a request to the next one.
    const headers = [...withoutHop(rawHeaders), 'content-length', String(body.length)]
    const passed = send(url, { method, headers, agent: false }, resolve)
    passed.on('error', reject)
    passed.end(body)
  })
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part)
  return Buffer.concat(parts)
}

// What is true of one connection only; the body goes on in one piece, whatever it came in.
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'])

function withoutHop(rawHeaders: readonly string[]): string[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !HOP.has(name.toLowerCase()) ? [name, rawHeaders[index + 1] ?? ''] : [],
  )
}
