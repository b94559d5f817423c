/**
 * The stand-in provider, a process of its own: takes work at once, and calls back a little later over connections that it
 * keeps. It never repeats a callback: what is not answered 2xx counts as refused, and a run with one is no run.
 *
 * `POST /work {"callbackUrl", …}` → `200 {"id": "w-1"}`; 5 ms later `POST callbackUrl {"id", "status": "done", "result"}`.
 */
import { createServer } from 'node:http'
import { Agent } from 'undici'
import { options, serve } from './serve.mjs'

const { delayMs = 5, connections = 256 } = options

// Connections as many as the largest number of clients has in flight at a time, in practice; no pipelining.
const agent = new Agent({ connections, pipelining: 1, keepAliveTimeout: 60_000, headersTimeout: 60_000 })
const counts = fresh()
let last = 0

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const { callbackUrl } = JSON.parse(Buffer.concat(chunks).toString())
    if (typeof callbackUrl !== 'string') return answer(response, 400, { error: 'callbackUrl is missing' })
    const id = `w-${++last}`
    counts.taken++
    answer(response, 200, { id })
    setTimeout(callBack, delayMs, id, callbackUrl)
  })
})
server.keepAliveTimeout = 60_000

function answer(response, status, value) {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function callBack(id, callbackUrl) {
  const url = new URL(callbackUrl)
  const body = JSON.stringify({
    id,
    status: 'done',
    result: { url: `https://files.example.org/${id}.mp4`, bytes: 1_048_576, seconds: 42.5, format: 'mp4' },
  })
  counts.sent++
  agent
    .request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    .then(async ({ statusCode, body: said }) => {
      if (statusCode < 300) {
        await said.dump()
        counts.accepted++
      } else refuse(`${statusCode} ${(await said.text()).slice(0, 300)}`)
    })
    .catch((error) => refuse(error.message))
}

function refuse(why) {
  counts.refused++
  if (counts.samples.length < 3) counts.samples.push(why)
}

function fresh() {
  return { taken: 0, sent: 0, accepted: 0, refused: 0, samples: [] }
}

server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`
  serve({
    ready: { origin, workUrl: `${origin}/work` },
    commands: {
      counts: () => counts,
      reset: () => Object.assign(counts, fresh()),
    },
  })
})
