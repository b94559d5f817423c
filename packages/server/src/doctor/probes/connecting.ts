/**
 * Tries each address by itself. Node by default races the families, gives each 250 ms, and names only the first failure:
 * a slow line then looks dead, and a dead family is masked by the other one.
 */
import { connect as netConnect, type Socket } from 'node:net'
import type { Address } from './addresses.ts'
import { type NetFault, netFault } from './net-fault.ts'

/** Opens a socket; it is connected when it says so. */
export type Connect = (options: { host: string; port: number; autoSelectFamily: false }) => Socket

export type Tried = Address & ({ kind: 'open'; tookMs: number } | { kind: 'closed'; fault: NetFault; tookMs: number })

export const systemConnect: Connect = (options) => netConnect(options)

export interface TryOptions {
  port: number
  limitMs: number
  signal: AbortSignal
  connect?: Connect
}

/** Side by side; resolves when each has answered or had its time. */
export function tryAddresses(addresses: readonly Address[], options: TryOptions): Promise<Tried[]> {
  return Promise.all(
    addresses.map(async (address): Promise<Tried> => {
      const startedMs = performance.now()
      const opened = await openSocket(address, options)
      const tookMs = Math.round(performance.now() - startedMs)
      if (opened.kind === 'closed') return { ...address, kind: 'closed', fault: opened.fault, tookMs }
      opened.socket.destroy()
      return { ...address, kind: 'open', tookMs }
    }),
  )
}

export type Opened = { kind: 'open'; socket: Socket } | { kind: 'closed'; fault: NetFault }

export function openSocket(
  { address }: Pick<Address, 'address'>,
  { port, limitMs, signal, connect = systemConnect }: TryOptions,
): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false })
    const close = (fault: NetFault) => {
      finish()
      socket.destroy()
      resolve({ kind: 'closed', fault })
    }
    const giveUp = () => close({ kind: 'silent', errno: 'ETIMEDOUT' })
    const timer = setTimeout(giveUp, limitMs)
    const onError = (error: Error) => close(netFault(error))
    const onConnect = () => {
      finish()
      resolve({ kind: 'open', socket })
    }
    function finish() {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      socket.off('connect', onConnect)
      socket.off('error', onError)
      // A connection that breaks after its question was answered changes nothing.
      socket.on('error', () => {})
    }
    socket.once('connect', onConnect)
    socket.once('error', onError)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
