/** What a result and its files are called in a bucket: always the same for the same, so that a repeat replaces. Pure. */
import { createHash } from 'node:crypto'
import type { Result } from '@becket/client/contract'
import { resolvePointer } from '../../core/json-pointer.ts'
import { isObjectKey } from '../../storage/key.ts'

// 80: what a person reads of a name; the hash behind it tells it from others.
const READABLE = 80

export interface NamedFile {
  /** Where it lies in our own storage. */
  from: string
  /** Where it goes. */
  to: string
  contentType: string
}

export function nameOf(result: Result, prefix: string): string {
  return `${folderOf(result, prefix)}.json`
}

/** `output.files[].key` of a video, `output.parsed.path` of a document: below the result's own name. */
export function filesOf(result: Result, prefix: string): NamedFile[] {
  const files = resolvePointer(result, '/output/files')
  const found = [
    ...(Array.isArray(files) ? files.map((file) => storedAt(file, '/key')) : []),
    storedAt(result, '/output/parsed/path'),
  ].flatMap((file) => (file === null ? [] : [file]))
  const taken = new Set<string>()
  return found.map(({ from, contentType }, index) => {
    const last = segment(from.split('/').at(-1) ?? '')
    const name = taken.has(last) ? `${index + 1}-${last}` : last
    taken.add(name)
    return { from, to: `${folderOf(result, prefix)}/${name}`, contentType }
  })
}

function folderOf({ pipeline, source, key, id }: Result, prefix: string): string {
  return `${prefix}${segment(pipeline ?? source ?? 'results')}/${segment(key)}/${segment(id)}`
}

/** A text that cannot stand in a name keeps what can, and gets a hash: two that look alike then stay apart. */
function segment(text: string): string {
  if (!text.includes('/') && isObjectKey(text)) return text
  const readable = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^\.+/, '')
    .slice(0, READABLE)
  return `${readable || 'x'}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
}

function storedAt(holder: unknown, pointer: string): { from: string; contentType: string } | null {
  const from = resolvePointer(holder, pointer)
  if (typeof from !== 'string' || !isObjectKey(from)) return null
  const told = resolvePointer(holder, '/contentType')
  return { from, contentType: typeof told === 'string' ? told : guessed(from) }
}

function guessed(name: string): string {
  return name.endsWith('.md') ? 'text/markdown; charset=utf-8' : 'application/octet-stream'
}
