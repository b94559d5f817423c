/**
 * The callbacks that the load generator sends: about 1 KB, no two the same. To Becket with a token of its own, or by an
 * id that no expectation has; to the others by the id in the path.
 */
import { join } from 'node:path'
import { expectationIdOf } from '../growth/becket-rows.mjs'
import { built } from '../harness/paths.mjs'
import { serverKey } from './server-key.mjs'

const FILLING = 'The quick brown fox jumps over the lazy dog and is called back later. '.repeat(13).slice(0, 860)
const headers = { 'content-type': 'application/json' }

/** `to`: `token`, `unknown` or `handler`. `from`: the first number that is sent. `known`: how many have an expectation. */
export async function createRequests({ to, clock, from = 0, known }) {
  const pathOf =
    to === 'token' ? await tokenPaths(clock) : to === 'unknown' ? () => '/in/studio' : (n) => `/webhook/due-${n}`
  return {
    next(n) {
      const number = from + n + 1
      // A callback without an expectation is other work: measured as what it was not, it would be a false number.
      if (known !== undefined && number > known) throw new Error(`more than the ${known} prepared callbacks were sent`)
      return { path: pathOf(number), headers, body: bodyOf(number) }
    },
    isRight: (status) => status === 200,
  }
}

/** The tokens are made as they are used: 3 µs each, the same for every contender's load generator. */
async function tokenPaths(clock) {
  const { createTokenKeys, makeCallbackToken } = await import(join(built, 'core', 'callback-token.js'))
  const keys = createTokenKeys([{ id: serverKey.id, key: Buffer.from(serverKey.key) }])
  return (n) => `/in/studio/t/${makeCallbackToken(keys, expectationIdOf(clock, n))}`
}

function bodyOf(n) {
  return JSON.stringify({
    id: `due-${n}`,
    status: 'done',
    result: { url: `https://files.example.org/${n}.mp4`, bytes: 1_048_576, seconds: 12.5 },
    note: FILLING,
  })
}
