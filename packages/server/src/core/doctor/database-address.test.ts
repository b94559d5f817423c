import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { databaseIdentity, isTransactionMode, readDatabaseAddress } from './database-address.ts'

const REF = 'abcdefghijklmnopqrst'
const POOLER = 'aws-0-eu-central-1.pooler.supabase.com'

function addressOf(url: string) {
  const reading = readDatabaseAddress(url)
  if (reading.kind !== 'read') throw new Error(`it was ${reading.kind}`)
  return reading.address
}

describe('the way that a database address takes', () => {
  it.each([
    [`postgresql://postgres:pw@db.${REF}.supabase.co:5432/postgres`, 'supabase-direct', false],
    [`postgresql://postgres:pw@db.${REF}.supabase.co/postgres`, 'supabase-direct', false],
    [`postgres://postgres.${REF}:pw@${POOLER}:5432/postgres`, 'session-pooler', false],
    [`postgres://postgres.${REF}:pw@${POOLER}:6543/postgres`, 'transaction-pooler', true],
    [`postgresql+asyncpg://postgres:pw@db.${REF}.supabase.co:6543/postgres`, 'dedicated-pooler', true],
    ['postgres://app:pw@pgbouncer.acme.app:6432/app', 'some-pooler', null],
    ['postgres://app:pw@[::1]:5432/app', 'other', false],
    ['postgres://app@/app?host=/var/run/postgresql', 'other', false],
    ['postgres://app:pw@one.acme.app:5432,two.acme.app:5432/app', 'other', false],
  ])('%s', (url, way, isTransaction) => {
    const address = addressOf(url)
    expect(address.way).toBe(way)
    expect(isTransactionMode(address)).toBe(isTransaction)
  })

  it('finds the project by the host or by the user', () => {
    expect(addressOf(`postgres://postgres:pw@db.${REF}.supabase.co/postgres`)).toMatchObject({ hostProject: REF })
    expect(addressOf(`postgres://postgres.${REF}:pw@${POOLER}/postgres`)).toMatchObject({
      hostProject: null,
      userProject: REF,
      userHasProject: true,
    })
  })

  it('takes two ways to one database for one', () => {
    const direct = databaseIdentity(`postgres://postgres:pw@db.${REF}.supabase.co:5432/postgres`)
    expect(databaseIdentity(`postgres://postgres.${REF}:other@${POOLER}:6543/postgres`)).toBe(direct)
    expect(databaseIdentity('postgres://postgres:pw@127.0.0.1:5432/postgres')).not.toBe(direct)
  })
})

describe('a password that is not percent-encoded', () => {
  it.each(['p@ss', 'p/ss', 'p?ss@x', 'p#ss', 'p:ss', 'p ss', 'p%ss', 'p@s/s@t'])('is noticed: %s', (password) => {
    expect(readDatabaseAddress(`postgres://app:${password}@db.acme.app:5432/app`).kind).toBe('unescaped')
  })

  it('leaves alone what is no password', () => {
    expect(readDatabaseAddress('postgres://app@db.acme.app/app?user=a@b').kind).toBe('read')
    expect(readDatabaseAddress('postgres://db.acme.app/app').kind).toBe('read')
  })

  it('is never seen in one that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        const url = `postgres://app:${encodeURIComponent(password)}@db.acme.app:5432/app?sslmode=verify-full`
        expect(readDatabaseAddress(url)).toMatchObject({ kind: 'read', address: { host: 'db.acme.app', port: 5432 } })
      }),
    )
  })

  it('no text makes the reading of an address fail', () => {
    fc.assert(
      fc.property(fc.string(), (rest) => {
        expect(['read', 'unescaped', 'unreadable']).toContain(readDatabaseAddress(`postgres://${rest}`).kind)
      }),
    )
  })
})
