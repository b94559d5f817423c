import { expect, test } from 'vitest'
import { forgetKey, keepKey, storedKey, takeKeyFromAddress } from './key-store.ts'

function setup(hash: string) {
  const kept = new Map<string, string>()
  const addresses: string[] = []
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  }
  const history = {
    replaceState: (_state: unknown, _title: string, url?: string | URL | null) => addresses.push(`${url}`),
  }
  const take = () => takeKeyFromAddress({ hash, pathname: '/ops/', search: '?a=1' }, { ...history }, storage)
  return { take, storage, addresses }
}

test('a key in the address is kept and taken out of the address', () => {
  const { take, storage, addresses } = setup('#key=test-key')
  take()
  expect(storedKey(storage)).toBe('test-key')
  expect(addresses).toEqual(['/ops/?a=1'])
})

test('what else stands behind the # stays', () => {
  const { take, addresses } = setup('#tab=jobs&key=test-key')
  take()
  expect(addresses).toEqual(['/ops/?a=1#tab=jobs'])
})

test('an empty key is taken out of the address and does not replace the one that is kept', () => {
  const { take, storage, addresses } = setup('#key=')
  keepKey(storage, 'test-key')
  take()
  expect(storedKey(storage)).toBe('test-key')
  expect(addresses).toEqual(['/ops/?a=1'])
})

test('an address without a key is left alone', () => {
  const { take, storage, addresses } = setup('#tab=jobs')
  take()
  expect(addresses).toEqual([])
  expect(storedKey(storage)).toBeNull()
})

test('a forgotten key is gone', () => {
  const { storage } = setup('')
  keepKey(storage, 'test-key')
  forgetKey(storage)
  expect(storedKey(storage)).toBeNull()
})
