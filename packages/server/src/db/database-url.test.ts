import { describe, expect, test } from 'vitest'
import { connectionString, describeUrl } from './database-url.ts'

describe('a database URL', () => {
  test('is shown without its password, wherever that stands', () => {
    expect(describeUrl('postgres://me:hush@db:5432/app')).toBe('postgres://me:***@db:5432/app')
    expect(describeUrl('postgres://me@db/app?password=hush')).toBe('postgres://me@db/app?password=***')
    expect(describeUrl('postgres://me:hu/sh#@db/app')).not.toContain('hu')
  })

  test('that cannot be read is refused without being quoted', () => {
    for (const url of ['postgres://me:hush@db:port/app', 'mysql://me:hush@db/app', 'hush']) {
      expect(() => connectionString(url)).toThrow('The database URL cannot be read')
      expect(() => connectionString(url)).not.toThrow('hush')
      expect(describeUrl(url)).toBe('(an unreadable database URL)')
    }
  })

  test('that asks for encryption gets it without a check of the certificate, as everywhere else', () => {
    expect(connectionString('postgres://db/app?sslmode=require')).toContain('uselibpqcompat=true')
    expect(connectionString('postgres://db/app?sslmode=verify-full')).not.toContain('uselibpqcompat')
  })
})
