/** The objects of one bucket, in memory, each visible only from its time on. Knows no HTTP and no chance. */
import { createHash, randomUUID } from 'node:crypto'

export interface ObjectVersion {
  id: string
  bytes: Buffer
  contentType: string
  sha256: string
  etag: string
  storedAtMs: number
  visibleAtMs: number
}

type Sight =
  | { kind: 'found'; version: ObjectVersion; stale: boolean }
  /** It was put, and nobody sees it yet. */
  | { kind: 'not-yet-visible' }
  | { kind: 'missing' }

export interface Objects {
  look(path: string): Sight
  /** What was put last, seen or not. */
  latest(path: string): ObjectVersion | null
  put(path: string, bytes: Buffer, contentType: string, visibleAfterMs: number): ObjectVersion
  /** What is seen, by path. */
  seen(): [path: string, version: ObjectVersion][]
  /** False: there was nothing to see. */
  delete(path: string): boolean
}

export function createObjects(now: () => number): Objects {
  /** Oldest first: the version that is seen now, and those that are not seen yet. */
  const versions = new Map<string, ObjectVersion[]>()

  function look(path: string): Sight {
    const known = versions.get(path)
    if (!known) return { kind: 'missing' }
    const version = known.findLast(({ visibleAtMs }) => visibleAtMs <= now())
    return version ? { kind: 'found', version, stale: version !== known.at(-1) } : { kind: 'not-yet-visible' }
  }

  return {
    look,
    latest: (path) => versions.get(path)?.at(-1) ?? null,
    put(path, bytes, contentType, visibleAfterMs) {
      const storedAtMs = now()
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const version: ObjectVersion = {
        id: randomUUID(),
        bytes,
        contentType,
        sha256,
        // As S3 and what is built on it make it of an object that was put in one piece.
        etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
        storedAtMs,
        visibleAtMs: storedAtMs + visibleAfterMs,
      }
      const seen = look(path)
      // What is neither seen now nor newer will never be seen again.
      const pending = (versions.get(path) ?? []).filter(({ visibleAtMs }) => visibleAtMs > storedAtMs)
      versions.set(path, [...(seen.kind === 'found' ? [seen.version] : []), ...pending, version])
      return version
    },
    seen() {
      return [...versions.keys()].flatMap((path) => {
        const sight = look(path)
        return sight.kind === 'found' ? [[path, sight.version]] : []
      })
    },
    delete(path) {
      const seen = look(path).kind === 'found'
      versions.delete(path)
      return seen
    },
  }
}
