/** The documents of a run: the examples and the large one that is made now, or a folder of the user's own. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeLargePdf } from '@becket/rehearsal'
import { AppError } from '../../core/error.ts'
import { LARGE_FILE } from './expected-outcomes.ts'

export interface DemoFile {
  /** Without its folder. */
  name: string
  read(): Promise<Buffer>
}

// Over 10 MB, as a scanned report is.
const LARGE_BYTES = 10_500_000

/** The examples of the checkout that this program runs from. */
const EXAMPLES = fileURLToPath(new URL('../../../../../examples/documents', import.meta.url))

/** `folder` null: the examples, and the large document. */
export async function demoFiles(folder: string | null): Promise<DemoFile[]> {
  const files = await pdfsIn(folder ?? EXAMPLES)
  if (folder !== null) return files
  return [...files, { name: LARGE_FILE, read: async () => makeLargePdf(LARGE_BYTES) }]
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
  return pdfs.map((name) => ({ name: basename(name), read: () => readFile(join(folder, name)) }))
}
