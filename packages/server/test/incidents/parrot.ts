/** A third party that fails, and repeats whatever it was sent in its answer: as some do that mean well. */
import { createServer } from 'node:http'
import { listenOn } from '../chaos/listen-on.ts'

export interface Parrot {
  url: string
  /** All that it was sent. */
  heard(): string
  stop(): void
}

export async function startParrot(status: number): Promise<Parrot> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1')
      const said = [`${request.method} ${request.url}`, ...Object.values(request.headers).map(String), body]
      const decoded = said.flatMap((word) => {
        const [, basic] = /^Basic (\S+)$/.exec(word) ?? []
        return basic === undefined ? [] : [Buffer.from(basic, 'base64').toString()]
      })
      heard.push(...said, ...decoded)
      const words = [...said, ...decoded].join(' | ')
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-seen': encodeURIComponent(said.join(' ')).slice(0, 2_000),
      })
      response.end(JSON.stringify({ error: { message: words, type: 'parrot' }, message: words, detail: words }))
    })
  })
  const port = await listenOn(server)
  return {
    url: `http://127.0.0.1:${port}`,
    heard: () => heard.join('\n'),
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
