/** `becket instances`: what a process really runs with. Values are known to that process alone. */
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Session } from './remote.ts'

export async function showSettings(session: Session, id: string): Promise<ExitCode> {
  const found = await session.becket.instances.settings(id)
  session.show(found, () => {
    const { output } = session
    output.facts([
      ['instance', found.instanceId],
      ['roles', found.roles.join(', ')],
      ['environment', found.environment],
      ['release', found.release],
      ['node', found.node],
      ['database', found.database],
      ['manifest', found.manifest],
      ['key', found.keyId],
    ])
    output.line()
    output.table(
      ['setting', 'fingerprint', 'from'],
      found.settings.map(({ name, fingerprint, origin }) => [name, fingerprint, origin]),
    )
    output.line()
    output.line('Equal fingerprints of one name stand for equal values, as long as the key is the same.')
  })
  return exitCodes.ok
}
