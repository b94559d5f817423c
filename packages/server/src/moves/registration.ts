/**
 * The transaction in which a process announces itself: its row, what it runs with, and what is different about it than
 * about its like before it. Of ten that come together with the same, one notes the change.
 */
import type { ChangeKind } from '@becket/client/contract'
import type { Db, Tx } from '../db/db.ts'
import { appendChange, lockChanges, readLastChange } from '../store/changes.ts'
import { differingSettings, insertSettings, type SettingRow } from '../store/instance-settings.ts'
import {
  describeInstance,
  type NewInstance,
  readDatabaseIdentity,
  readSchemaVersion,
  registerInstance,
} from '../store/instances.ts'

export interface InstanceFacts {
  node: string
  environment: string
  manifest: string
  features: string
  settingsKey: string
  settings: readonly SettingRow[]
  fingerprintDatabase(plain: string): string
}

// What is listed of a change; whoever changed more than this changed everything.
const MAX_NAMES = 100

/** May come again with the same: nothing is written twice. */
export async function announceInstance(db: Db, instance: NewInstance, facts?: InstanceFacts): Promise<void> {
  if (facts === undefined) return registerInstance(db, instance).then(() => {})
  const { node, environment, manifest, settingsKey } = facts
  const database = await readDatabaseIdentity(db)
  const databaseIdentity = database === null ? null : facts.fingerprintDatabase(database)
  await db.tx(async (tx) => {
    if (!(await registerInstance(tx, instance))) return
    await describeInstance(tx, instance.id, { node, environment, manifest, settingsKey, databaseIdentity })
    await insertSettings(tx, instance.id, facts.settings)
    await lockChanges(tx)
    const subject = [...instance.roles].sort().join(',')
    await note(tx, instance, 'release', subject, instance.release)
    await note(tx, instance, 'configuration', subject, instance.configuration)
    await note(tx, instance, 'features', subject, facts.features)
    await note(tx, instance, 'schema', 'database', await readSchemaVersion(tx))
  })
}

async function note(tx: Tx, { id }: NewInstance, kind: ChangeKind, subject: string, present: string): Promise<void> {
  const last = await readLastChange(tx, kind, subject)
  if (last?.present === present) return
  const previous = last?.present ?? null
  const before = kind === 'configuration' ? (last?.instanceId ?? null) : null
  const names = before === null ? [] : await differingSettings(tx, id, before)
  const detail = names.length === 0 ? {} : { settings: names.slice(0, MAX_NAMES) }
  await appendChange(tx, { kind, subject, previous, present, detail, instanceId: id, by: 'start' })
}
