/**
 * Stands between a process and its PostgreSQL, passes every byte on, and keeps the text of each statement that went by: so
 * that what a whole server asks can be counted without asking the server. Knows as much of the protocol as that takes.
 */
import { connect, createServer, type Socket } from 'node:net'

export interface StatementCounter extends AsyncDisposable {
  /** The database, through here. */
  url: string
  /** In the order in which they went by. */
  statements: string[]
}

const PARSE = 'P'.charCodeAt(0)
const BIND = 'B'.charCodeAt(0)
const QUERY = 'Q'.charCodeAt(0)

export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl)
  const statements: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((asker) => {
    const database = connect(Number(target.port || 5432), target.hostname)
    const read = reader(statements)
    for (const socket of [asker, database]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        asker.destroy()
        database.destroy()
      })
    }
    asker.on('data', read)
    asker.pipe(database)
    database.pipe(asker)
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('it listens on no port'))
      else resolve(address.port)
    })
  })
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    statements,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Reads what a client sends: first one message without a type, then messages of a type, a length and their content. */
function reader(statements: string[]): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let hasBegun = false
  // By name; the last that has none is under the empty one. Each use counts, however often its text travels.
  const texts = new Map<string, string>()
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const head = hasBegun ? 1 : 0
      if (rest.length < head + 4) return
      const end = head + rest.readUInt32BE(head)
      if (rest.length < end) return
      const content = rest.subarray(head + 4, end)
      if (hasBegun && rest[0] === QUERY) statements.push(textAt(content, 0))
      if (hasBegun && rest[0] === PARSE) texts.set(textAt(content, 0), textAt(content, content.indexOf(0) + 1))
      // The portal comes first, then the statement.
      if (hasBegun && rest[0] === BIND) statements.push(texts.get(textAt(content, content.indexOf(0) + 1)) ?? '')
      hasBegun = true
      rest = rest.subarray(end)
    }
  }
}

function textAt(content: Buffer, start: number): string {
  return content.toString('utf8', start, content.indexOf(0, start))
}
