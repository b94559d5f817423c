import { describe, expect, test } from 'vitest'
import type { DatabaseFacts } from './database-facts.ts'
import {
  becketsMode,
  endpointKind,
  judgeConnections,
  judgeMode,
  judgeRights,
  judgeVersion,
  runsWith,
} from './judge-database.ts'
import type { SessionMode } from './session-mode.ts'

const all = { prepared: true, setting: true, lock: true, notification: true }
const none = { prepared: false, setting: false, lock: false, notification: false }
const direct: SessionMode = { behindPooler: false, moved: false, kept: all }
const transaction: SessionMode = { behindPooler: true, moved: true, kept: none }

const facts: DatabaseFacts = {
  version: 150_004,
  readOnly: false,
  standby: false,
  role: 'app',
  database: 'data',
  connections: 97,
  hasSchema: true,
  mayUse: true,
  mayCreate: true,
  mayMakeSchema: false,
  closedTables: [],
  skewMs: 0,
  uncertaintyMs: 1,
}

describe('what stands at an address', () => {
  const place = { host: 'database.example.org', port: 5432, embedded: false }
  test.each<[string, SessionMode, object, string]>([
    ['nobody between', direct, {}, 'direct'],
    ['a session with a number that was made up', { ...direct, behindPooler: true }, {}, 'session pooler'],
    ['the name of one', direct, { host: 'aws-0-eu.pooler.supabase.com' }, 'session pooler'],
    ['transactions that move', transaction, { host: 'aws-0-eu.pooler.supabase.com', port: 5432 }, 'transaction pooler'],
    [
      'the other port of a database',
      transaction,
      { host: 'db.abcdefghijklmnopqrst.supabase.co', port: 6543 },
      'dedicated PgBouncer',
    ],
    ['our own', direct, { embedded: true }, 'embedded'],
    ['a socket', direct, { host: null }, 'direct'],
  ])('%s', (_, mode, at, kind) => {
    expect(endpointKind(mode, { ...place, ...at })).toBe(kind)
  })
})

test('only what is in use is missed', () => {
  const uses = { preparedStatements: false, listen: false, advisoryLocks: false }
  expect(judgeMode(transaction, uses).status).toBe('pass')
  expect(judgeMode(transaction, { ...uses, preparedStatements: true })).toMatchObject({
    status: 'fail',
    code: 'DB04',
    more: [],
  })
  expect(judgeMode(transaction, becketsMode)).toMatchObject({ status: 'fail', code: 'DB05', goesOn: true })
  expect(runsWith(transaction, becketsMode)).toBe(true)
  expect(runsWith(transaction, { ...uses, listen: true })).toBe(false)
  expect(runsWith(direct, { preparedStatements: true, listen: true, advisoryLocks: true })).toBe(true)
})

test.each<[Partial<DatabaseFacts>, string | null]>([
  [{}, null],
  [{ standby: true, readOnly: true }, 'primary'],
  [{ readOnly: true }, 'alter database "data" reset default_transaction_read_only'],
  [{ hasSchema: false, mayUse: false, mayCreate: false, mayMakeSchema: true }, null],
  [{ hasSchema: false, mayUse: false, mayCreate: false }, 'create schema "be""cket" authorization "app"'],
  [{ mayCreate: false }, 'grant usage, create on schema "be""cket" to "app"'],
  [{ closedTables: ['job'] }, 'grant select, insert, update, delete on all tables in schema "be""cket" to "app"'],
])('%j is mended by %s', (more, remedy) => {
  const seen = judgeRights({ ...facts, ...more }, 'be"cket')
  expect(seen.status).toBe(remedy === null ? 'pass' : 'fail')
  if (remedy !== null) expect(seen).toMatchObject({ code: 'DB12', remedy: expect.stringContaining(remedy) })
})

test('a server that is too old is told, and a pool that is too large', () => {
  expect(judgeVersion({ ...facts, version: 130_012 })).toMatchObject({
    status: 'fail',
    evidence: 'PostgreSQL 13.12 is too old',
  })
  expect(judgeConnections(facts, 97).status).toBe('pass')
  expect(judgeConnections(facts, 98)).toMatchObject({ status: 'fail', code: 'DB11', goesOn: true })
  expect(judgeConnections(facts, null).status).toBe('pass')
})
