/** What each process runs with, for people and for comparing: names and fingerprints. */
import type { InstanceSettings } from '@becket/client/contract'
import type { Db } from '../db/db.ts'
import { readSettings } from '../store/instance-settings.ts'
import { readInstance } from '../store/instances.ts'

const roles = ['intake', 'api', 'worker'] as const

export function createInstanceService({ db }: { db: Db }) {
  async function settings(id: string): Promise<InstanceSettings | null> {
    const row = await readInstance(db, id)
    if (row === null) return null
    return {
      instanceId: row.id,
      roles: roles.filter((role) => row.roles.includes(role)),
      environment: row.environment,
      release: row.release,
      node: row.node,
      database: row.databaseIdentity,
      manifest: row.manifest,
      keyId: row.settingsKey,
      settings: await readSettings(db, id),
    }
  }
  return { settings }
}
