/** The former order's receiver of the parser's callback: it looks the job up, stores the text, and says `parsed`. */
import { createServer } from 'node:http'
import type { FormerServices } from './services.ts'
import { fieldOf } from './services.ts'
import type { FormerJob, FormerTables } from './tables.ts'

export interface FormerWebhook {
  start(): Promise<void>
  stop(): Promise<void>
  urlFor(jobId: string): string
}

const ROUTE = '/webhook/llamaparse/'

export function createFormerWebhook(options: {
  tables: FormerTables
  services: FormerServices
  fail(job: FormerJob, reason: string): Promise<void>
}): FormerWebhook {
  const { tables, services, fail } = options
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      receive((request.url ?? '').slice(ROUTE.length), Buffer.concat(chunks)).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      )
    })
  })
  let origin = ''

  async function receive(jobId: string, body: Buffer): Promise<number> {
    const job = await tables.findJob(jobId)
    if (job === null) return 404
    const text = fieldOf(JSON.parse(body.toString('utf8')), 'md')
    if (typeof text !== 'string' || text === '') {
      await fail(job, 'the callback held no text')
      return 200
    }
    const path = `former/parsed/${job.documentId}.md`
    try {
      await services.upload(path, Buffer.from(text), 'text/markdown; charset=utf-8')
    } catch (error) {
      await fail(job, error instanceof Error ? error.message : String(error))
      return 200
    }
    await tables.setParsed(job, path)
    return 200
  }

  return {
    async start() {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      if (typeof address !== 'object' || address === null) throw new Error('the receiver has no address')
      origin = `http://127.0.0.1:${address.port}`
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
    urlFor: (jobId) => `${origin}${ROUTE}${jobId}`,
  }
}
