/**
 * One connection to a database, by the same driver and the same URL that the server uses, but to one address only. It
 * tries once and retries nothing: poolers shut out whoever fails to authenticate too often.
 */
import { Socket } from 'node:net'
import pg from 'pg'
import { connectionString } from '../../db/database-url.ts'
import { type Connect, systemConnect } from './connecting.ts'
import { within } from './time-limit.ts'

export interface SessionOptions {
  url: string
  /** Null for a Unix socket. */
  address: string | null
  port: number
  limitMs: number
  connect?: Connect
}

export interface Session {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** A statement that the server is to keep under this name. */
  named(name: string, text: string, values: readonly unknown[]): Promise<void>
  /** Resolves at the first notification on this channel. */
  heard(channel: string): Promise<void>
  /** The server process, as the connection was told at its start; a pooler makes one up. */
  readonly toldPid: number | null
  close(): Promise<void>
}

// 3 s: nothing that is asked here takes the server longer than a few milliseconds.
const QUERY_MS = 3_000
const CLOSE_MS = 500

/** Rejects with what the driver throws. */
export async function openSession({ url, address, port, limitMs, connect }: SessionOptions): Promise<Session> {
  const socket = address === null ? null : pinned(address, port, connect)
  const client = new pg.Client({
    connectionString: connectionString(url),
    connectionTimeoutMillis: limitMs,
    query_timeout: QUERY_MS,
    ...(socket !== null && { stream: () => socket }),
  })
  // A connection that breaks fails the statement under way; unheard, the event would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    socket?.destroy()
    throw error
  }
  return {
    async query<Row>(text: string, values: readonly unknown[] = []) {
      // The proof that rows have the shape asked for is the SQL itself.
      const { rows } = await client.query(text, values.length === 0 ? undefined : [...values])
      return rows as Row[]
    },
    async named(name, text, values) {
      await client.query({ name, text, values: [...values] })
    },
    heard: (channel) =>
      new Promise((resolve) => {
        client.on('notification', (heard) => {
          if (heard.channel === channel) resolve()
        })
      }),
    toldPid: 'processID' in client && typeof client.processID === 'number' ? client.processID : null,
    async close() {
      await within(CLOSE_MS, new AbortController().signal, () => client.end()).catch(() => undefined)
      socket?.destroy()
    },
  }
}

/** The driver resolves and chooses by itself; this one goes where the probe looks. */
function pinned(address: string, port: number, connect: Connect = systemConnect): Socket {
  if (connect !== systemConnect) return deferred(address, port, connect)
  const socket = new Socket()
  const open = socket.connect.bind(socket)
  return Object.assign(socket, { connect: () => open({ host: address, port, autoSelectFamily: false }) })
}

/** An injected one opens at once; the driver's own `connect` then has nothing left to do. */
function deferred(address: string, port: number, connect: Connect): Socket {
  const socket = connect({ host: address, port, autoSelectFamily: false })
  return Object.assign(socket, { connect: () => socket })
}
