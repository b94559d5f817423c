/** The documents of a run: the examples and the large one that is made now, or a folder of the user's own. */
import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeLargePdf } from '@becket/rehearsal'
import { AppError } from '../../core/error.ts'
import { LARGE_FILE } from './expected-outcomes.ts'

export interface DemoFile {
  /** Without its folder. */
  name: string
  path: string
}

// Over 10 MB, as a scanned report is.
const LARGE_BYTES = 10_500_000

/** The examples of the checkout that this program runs from. */
const EXAMPLES = fileURLToPath(new URL('../../../../../examples/documents', import.meta.url))

/** `folder` null: the examples, and the large document, which is made in `dataDir`. */
export async function demoFiles(folder: string | null, dataDir: string): Promise<DemoFile[]> {
  const files = await pdfsIn(folder ?? EXAMPLES)
  if (folder !== null) return files
  const path = join(dataDir, LARGE_FILE)
  await writeLargePdf(path, LARGE_BYTES)
  return [...files, { name: LARGE_FILE, path }]
}

/** Piece by piece: what a client holds of a document is not to be taken for what the server needs. */
export async function readFacts({ path }: DemoFile): Promise<{ content: Blob; sha256: string }> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return { content: await openAsBlob(path), sha256: hash.digest('hex') }
}

async function pdfsIn(folder: string): Promise<DemoFile[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('REQUEST_INVALID', `The documents in ${folder} cannot be listed: ${reason}`, {
      cause: error,
      hint: 'Name a folder that holds PDF files: --documents DIR.',
    })
  }
  const pdfs = names.filter((name) => name.toLowerCase().endsWith('.pdf')).sort()
  if (pdfs.length === 0) {
    throw new AppError('REQUEST_INVALID', `There are no PDF files in ${folder}`, {
      hint: 'Name a folder that holds PDF files: --documents DIR.',
    })
  }
  return pdfs.map((name) => ({ name: basename(name), path: join(folder, name) }))
}
