/**
 * Whether every document and video of a run is accounted for: complete, duplicate, or failed for its true reason, and told
 * of in the Airtable exactly once. Decides the exit code of the demo, and says what is wrong with each that is not.
 */
import { accountRows } from './account-rows.ts'
import type { DemoDocument, DemoItem, DemoResult } from './demo-result.ts'

export interface Account {
  ok: boolean
  problems: { file: string; problem: string }[]
}

export function accounted({ documents, videos, rows }: Pick<DemoResult, 'documents' | 'videos' | 'rows'>): Account {
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
  for (const video of videos) {
    const problem = judgeEnding(video)
    if (problem !== null) problems.push({ file: video.file, problem })
  }
  problems.push(...accountRows([...documents, ...videos], rows))
  return { ok: documents.length + videos.length > 0 && problems.length === 0, problems }
}

function judge(document: DemoDocument, byId: ReadonlyMap<string, DemoDocument>): string | null {
  const { ending } = document
  return ending.kind === 'duplicate' ? judgeDuplicate(document, ending.of, byId) : judgeEnding(document)
}

function judgeEnding({ ending, expected }: DemoItem): string | null {
  switch (ending.kind) {
    case 'unfinished':
      return `did not end: it is still ${ending.status}`
    case 'complete':
      if (ending.chunks === 0) return 'is complete without a single chunk'
      return expected?.kind === 'failed' ? `is complete, but had to fail with ${expected.code}` : null
    case 'kept':
      if (ending.files === 0) return 'is completed without a single file'
      return expected?.kind === 'failed' ? `is completed, but had to fail with ${expected.code}` : null
    case 'duplicate':
      return 'is called a duplicate, which only a document can be'
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
