/** Whether anybody takes a connection at an address: the cheapest question, which costs no quota and proves no key. */
import { connect } from 'node:net'
import { AppError } from '../core/error.ts'

// 2 s for each address of a host: the system's 250 ms take a slow line for a dead one.
const ADDRESS_MS = 2_000

/** `url`: only its host and port are looked at. Rejects with what was wrong. */
export function reach(url: string, signal: AbortSignal): Promise<void> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const at = Number(port || (protocol === 'http:' ? 80 : 443))
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: at, autoSelectFamilyAttemptTimeout: ADDRESS_MS })
    const giveUp = () => socket.destroy(new Error('given up'))
    socket.once('close', () => signal.removeEventListener('abort', giveUp))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', (error) => {
      reject(new AppError('UNAVAILABLE', `${host}:${at}: ${reasonOf(error)}`, { cause: error }))
    })
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

/** When each address failed, the error itself says nothing. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => reasonOf(toError(each))).join('; ')
  return error.message
}

const toError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)))
