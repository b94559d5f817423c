/** What the clients of the callback loop send, and when they were answered rightly: with the result, at once. */
import { randomBytes } from 'node:crypto'

/** About 300 bytes of JSON, no two alike. */
export function inputOf(number, run) {
  return {
    document: `${run}-${number}`,
    url: `https://files.example.org/incoming/${run}/${number}.mov`,
    target: { format: 'mp4', width: 1_280, height: 720, framesPerSecond: 30, codec: 'h264' },
    title: 'A short film about ropes, loops and what hangs on them',
    tags: ['bench', 'loop', 'callback'],
    owner: 'team-video',
  }
}

/** `kind`: whose address and envelope it is. A key of `run`s never comes twice, whatever the process. */
export function createRequests({ kind, headers = {} }) {
  const run = randomBytes(6).toString('hex')
  const makeBody = {
    plain: (number) => inputOf(number, run),
    becket: (number) => ({
      source: 'studio',
      operation: 'render',
      key: `${run}-${number}`,
      input: inputOf(number, run),
      submit: true,
    }),
  }
  const path = { plain: '/loop', restate: '/loop/run', becket: '/v1/expectations?wait=30s' }[kind]
  const bodyOf = makeBody[kind] ?? makeBody.plain
  const all = { 'content-type': 'application/json', ...headers }
  return {
    next: (number) => ({ path, headers: all, body: JSON.stringify(bodyOf(number)) }),
    // The stand-in's result, whatever it is wrapped in.
    isRight: (status, text) => status >= 200 && status < 300 && text.includes('"bytes":1048576'),
  }
}
