/**
 * A PostgreSQL database for a test file, cloned from the migrated template. Needs no set-up: without
 * BECKET_TEST_DATABASE_URL, the embedded PostgreSQL serves. Drop it when done.
 */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { z } from 'zod'
import type { Db } from '../src/db/db.ts'
import { createPool } from '../src/db/pool.ts'
import { withDatabase } from './database-broker.ts'

export interface TestDatabase extends AsyncDisposable {
  db: Db
  url: string
  drop(): Promise<void>
}

const offer = z.object({ url: z.string(), template: z.string() })

/** `empty`: without Becket's schema, for tests of the migrations. */
export async function testDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const response = await fetch(inject('databaseBroker'))
  if (!response.ok) throw new Error(`No test database: ${await response.text()}`)
  const { url: adminUrl, template } = offer.parse(await response.json())
  const name = `${template}_${randomBytes(4).toString('hex')}`
  await asAdmin(adminUrl, `create database ${name} template ${options.empty === true ? 'template0' : template}`)
  const url = withDatabase(adminUrl, name)
  const db = createPool({ url })
  let dropped: Promise<void> | undefined
  async function drop(): Promise<void> {
    await db.close()
    await asAdmin(adminUrl, `drop database if exists ${name} with (force)`)
  }
  const dropOnce = () => {
    dropped ??= drop()
    return dropped
  }
  return { db, url, drop: dropOnce, [Symbol.asyncDispose]: dropOnce }
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const admin = createPool({ url, max: 1 })
  try {
    await admin.query(sql)
  } finally {
    await admin.close()
  }
}
