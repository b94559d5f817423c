/** An NCA Toolkit that says exactly what a test has it say, and the files that it made, on one server of its own. */
import { createServer, type IncomingMessage } from 'node:http'
import { portOf } from '../outbound/wire.ts'

interface Said {
  status: number
  body: unknown
}

interface File {
  status?: number
  type?: string
  content: Buffer
}

export interface Submit {
  path: string
  id: string
  webhookUrl: string
  jobId: string
}

export interface Toolkit extends AsyncDisposable {
  baseUrl: string
  /** In the order in which they came. */
  submits: Submit[]
  /** The paths of files that were fetched, whatever came of it. */
  fetched: string[]
  /** By path, `/files/a.mp4`; what is not here is 404. */
  files: Map<string, File>
  /** What a submit is answered with. At first: taken. */
  onSubmit: (submit: Submit) => Said | Promise<Said>
  /** What is said of a job. At first: it runs. */
  onStatus: (jobId: string) => Said
  /** Waits until so many submits have come. */
  submitted(count?: number): Promise<Submit>
  /** The end of a job, as it is told: `response` is what was made. */
  finish(submit: Submit, response: unknown, more?: Record<string, unknown>): Promise<number>
}

export async function createToolkit(): Promise<Toolkit> {
  const submits: Submit[] = []
  const waiting: (() => void)[] = []
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const file = path.startsWith('/files/')
    if (file) {
      toolkit.fetched.push(`${request.method} ${path}`)
      const {
        status = 200,
        type = 'video/mp4',
        content,
      } = toolkit.files.get(path) ?? { status: 404, content: Buffer.of() }
      response.writeHead(status, { 'content-type': type, 'content-length': content.length })
      response.end(request.method === 'HEAD' ? undefined : content)
      return
    }
    const asked = JSON.parse(await textOf(request))
    const said = path === '/v1/toolkit/job/status' ? toolkit.onStatus(asked.job_id) : await take(path, asked)
    response.writeHead(said.status, { 'content-type': 'application/json' }).end(JSON.stringify(said.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function take(path: string, { id, webhook_url: webhookUrl }: { id: string; webhook_url: string }) {
    const submit = { path, id, webhookUrl, jobId: `job-${submits.length + 1}` }
    submits.push(submit)
    for (const wake of waiting.splice(0)) wake()
    return toolkit.onSubmit(submit)
  }

  const toolkit: Toolkit = {
    baseUrl: `http://127.0.0.1:${portOf(server.address())}`,
    submits,
    fetched: [],
    files: new Map(),
    onSubmit: taken,
    onStatus: (jobId) => statusOf(jobId, 'running', null),
    async submitted(count = 1) {
      for (;;) {
        const submit = submits[count - 1]
        if (submit !== undefined) return submit
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    async finish(submit, response, more = {}) {
      const body = JSON.stringify(envelope(submit, response, more))
      const headers = { 'content-type': 'application/json' }
      return (await fetch(submit.webhookUrl, { method: 'POST', headers, body })).status
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return toolkit
}

export function taken({ id, jobId }: Submit): Said {
  return { status: 202, body: { code: 202, id, job_id: jobId, message: 'processing' } }
}

export function envelope(submit: Submit, response: unknown, more: Record<string, unknown> = {}) {
  const { id, jobId, path } = submit
  return { endpoint: path, code: 200, id, job_id: jobId, response, message: 'success', ...more }
}

export function statusOf(jobId: string, word: string, ended: unknown): Said {
  const response = { job_status: word, job_id: jobId, queue_id: 1, process_id: 1, response: ended }
  const body = { endpoint: '/v1/toolkit/job/status', code: 200, id: null, job_id: 'the-question', response }
  return { status: 200, body: { ...body, message: 'success' } }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString('utf8')
}
