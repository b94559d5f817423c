/** What an error of the file system means for an object. Knows Node's error codes; does no I/O. */
import type { StorageFault } from './storage.ts'

type Use = 'read' | 'write'

const kinds: Record<string, StorageFault['kind']> = {
  ENOENT: 'missing',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  EISDIR: 'malformed',
  ELOOP: 'malformed',
  ENAMETOOLONG: 'malformed',
}

/** Anything else (EIO, ENOSPC, EDQUOT, EMFILE, ESTALE, …) is the storage's own failure, and may pass. */
export function fsFault(error: unknown, use: Use): StorageFault {
  if (!(error instanceof Error)) throw error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  // Without a code it did not come from the operating system: it is a bug of ours.
  if (code === null || !('syscall' in error)) throw error
  return { kind: kindOf(code, use), reason: `the file system said ${error.message}` }
}

function kindOf(code: string, use: Use): StorageFault['kind'] {
  // A file stands where the key needs a directory: nothing to read there, and no room to write.
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'ENOTEMPTY') return use === 'read' ? 'missing' : 'malformed'
  // A directory was taken away while we wrote.
  if (code === 'ENOENT' && use === 'write') return 'unavailable'
  return kinds[code] ?? 'unavailable'
}
