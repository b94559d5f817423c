/** `becket keys`: who may speak to the API. */
import { createKeySchema } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { readFilter, type Session } from './remote.ts'

export async function listKeys(session: Session): Promise<ExitCode> {
  const keys = await session.becket.keys.list()
  session.show({ items: keys }, () => {
    const { output } = session
    if (keys.length === 0) {
      output.line('No keys. Make one: becket keys create NAME --role app')
      return
    }
    output.table(
      ['key', 'name', 'role', 'made', 'revoked'],
      keys.map((key) => [key.id, key.name, key.role, output.when(key.createdAt), output.when(key.revokedAt)]),
    )
  })
  return exitCodes.ok
}

/** The secret alone goes to standard output, so that it can be piped to where it is kept. */
export async function createKey(session: Session, name: string, flags: { role: string }): Promise<ExitCode> {
  const key = await session.becket.keys.create(readFilter(createKeySchema, { name, role: flags.role }))
  session.show(key, () => {
    session.io.err(`${key.id} (${key.name}, ${key.role}). This is shown once and kept nowhere:`)
    session.io.out(key.secret)
  })
  return exitCodes.ok
}

export async function revokeKey(session: Session, id: string): Promise<ExitCode> {
  const key = await session.becket.keys.revoke(id)
  session.show(key, () => session.output.line(`${key.id} (${key.name}) is refused from now on`))
  return exitCodes.ok
}
