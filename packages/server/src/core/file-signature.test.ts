import { expect, it, test } from 'vitest'
import { type FileLink, judgeFileLink, signFileLink } from './file-signature.ts'

const key = Buffer.alloc(32, 1)
const other = Buffer.alloc(32, 2)
const link: FileLink = { key: 'a/b.mp4', filename: 'film.mp4', contentType: 'video/mp4', expiresMs: 1000 }

test('a link is good by any key of the installation, until it expires', () => {
  const signature = signFileLink(key, link)
  expect(judgeFileLink([other, key], link, signature, 999)).toBe('good')
  expect(judgeFileLink([other, key], link, signature, 1000)).toBe('expired')
  expect(judgeFileLink([other], link, signature, 999)).toBe('not-ours')
})

it.each<[string, Partial<FileLink>]>([
  ['another object', { key: 'a/c.mp4' }],
  ['another name', { filename: 'film.exe' }],
  ['another type', { contentType: 'text/html' }],
  ['a later end', { expiresMs: 2000 }],
  ['a name that runs into the type', { filename: 'film.mp4video/', contentType: 'mp4' }],
])('a link is not ours with %s, expired or not', (_name, change) => {
  const signature = signFileLink(key, link)
  for (const nowMs of [0, 5000]) expect(judgeFileLink([key], { ...link, ...change }, signature, nowMs)).toBe('not-ours')
})

test('a link is not ours with no signature or half of one', () => {
  for (const part of ['', signFileLink(key, link).slice(0, -1)])
    expect(judgeFileLink([key], link, part, 0)).toBe('not-ours')
})
