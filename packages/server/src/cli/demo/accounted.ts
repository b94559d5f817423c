/**
 * Whether every document of a run is accounted for: complete, duplicate, or failed for its true reason. Decides the exit
 * code of the demo, and says of each document that is not what is wrong with it.
 */
import type { DemoDocument, DemoResult } from './demo-result.ts'

export interface Account {
  ok: boolean
  problems: { file: string; problem: string }[]
}

export function accounted({ documents }: Pick<DemoResult, 'documents'>): Account {
  const byId = new Map<string, DemoDocument>()
  for (const document of documents) if (document.id !== null) byId.set(document.id, document)

  const problems: Account['problems'] = []
  const completed = new Map<string, string>()
  for (const document of documents) {
    const { file } = document
    const problem = judge(document, byId)
    if (problem !== null) problems.push({ file, problem })
    if (document.ending.kind !== 'complete') continue
    const twin = completed.get(document.sha256)
    if (twin === undefined) completed.set(document.sha256, file)
    else problems.push({ file, problem: `was completed although ${twin}, with the same content, was completed too` })
  }
  return { ok: documents.length > 0 && problems.length === 0, problems }
}

function judge(document: DemoDocument, byId: ReadonlyMap<string, DemoDocument>): string | null {
  const { ending, expected } = document
  switch (ending.kind) {
    case 'unfinished':
      return `did not end: it is still ${ending.status}`
    case 'complete':
      if (ending.chunks === 0) return 'is complete without a single chunk'
      return expected?.kind === 'failed' ? `is complete, but had to fail with ${expected.code}` : null
    case 'duplicate':
      return judgeDuplicate(document, ending.of, byId)
    case 'failed':
      if (ending.code === '') return 'failed without a code'
      if (expected === null) return null
      if (expected.kind === 'complete') return `failed with ${ending.code}, but had to be complete`
      return expected.code === ending.code ? null : `failed with ${ending.code}, but had to fail with ${expected.code}`
    default:
      return ending satisfies never
  }
}

/** An original that is not among this run's documents was stored by an earlier run on the same data directory. */
function judgeDuplicate(document: DemoDocument, of: string, byId: ReadonlyMap<string, DemoDocument>): string | null {
  if (of === document.id) return 'is called a duplicate of itself'
  const original = byId.get(of)
  if (original === undefined) return null
  if (original.sha256 !== document.sha256) return `is called a duplicate of ${original.file}, which has other content`
  return original.ending.kind === 'duplicate' ? `is called a duplicate of ${original.file}, itself a duplicate` : null
}
