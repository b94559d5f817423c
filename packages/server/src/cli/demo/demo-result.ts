/** What a run of the demo amounts to, as plain data: what the scoreboard shows and the exit code is decided by. */
import type { EvidenceOrigin } from '@becket/client/contract'

export interface DemoResult {
  documents: readonly DemoDocument[]
  videos: readonly DemoVideo[]
  /** What lies in the Airtable at the end. */
  rows: readonly DemoRow[]
  totals: DemoTotals
  run: DemoRun
}

/** One piece of work of either pipeline. */
export interface DemoItem {
  /** The file's name, without its folder; unique in a run. */
  file: string
  /** Of the document, or of what was rendered; 0 where nothing was. */
  bytes: number
  /** `job_…`; null where none was made for it in this run. */
  jobId: string | null
  ending: DemoEnding
  /** What decided the parse or the render; null where nothing did. */
  settledBy: EvidenceOrigin | null
  /** From the moment the provider was done until that was settled; null where unknown. */
  recoveryDelayMs: number | null
  /** How often it was submitted to the provider. */
  attempts: number
  /** What the rehearsal did to it, in its own words: `loss`, `duplicate`, ... */
  faults: readonly string[]
  /** What must come of it; null for a user's own file, of which nobody knows. */
  expected: ExpectedOutcome | null
}

export interface DemoDocument extends DemoItem {
  /** Hexadecimal. */
  sha256: string
  /** `doc_…`; null for one that was refused before it had an id. */
  id: string | null
}

export interface DemoVideo extends DemoItem {
  /** `combine`, `concatenate`, … */
  operation: string
}

/** One row of the Airtable, as far as it tells of a job. */
export interface DemoRow {
  table: string
  /** The job's id. */
  runId: string
  status: string | null
  bytes: number | null
  /** Bytes that lie in its attachments; null where it has none. */
  attachedBytes: number | null
}

export type DemoEnding =
  | { kind: 'complete'; chunks: number }
  /** Rendered, and kept in a storage of our own. */
  | { kind: 'kept'; files: number }
  /** `of`: the id of the document with the same content. */
  | { kind: 'duplicate'; of: string }
  /** `reads`: the whole text that the document's user is shown. */
  | { kind: 'failed'; code: string; reads: string; supportId: string | null }
  /** It had not ended when the demo did. */
  | { kind: 'unfinished'; status: string }

export type ExpectedOutcome = { kind: 'complete' } | { kind: 'failed'; code: string }

export interface DemoTotals {
  /** Callbacks as the rehearsal dealt with them: `sent` counts those that left it, repeats included. */
  callbacks: { sent: number; lost: number; duplicates: number; late: number; orphans: number; refused: number }
  /** Questions to the status API. */
  checks: number
  /** Submissions that were repeated, each as a new attempt. */
  resubmits: number
  /** Requests to the Airtable that wrote or read rows, and those of them that it refused or never answered. */
  airtable: { requests: number; failed: number }
}

export interface DemoRun {
  seed: number
  /** Share of the callbacks to lose, 0 to 1. */
  loss: number
  durationMs: number
  /** The largest resident set of this process: the server, the client that hands in the documents, and the command. */
  memoryBytes: number
  /** And that of the stand-ins, which are another process, as providers are in life. */
  standInsMemoryBytes: number
  /** How many times faster than in production time goes by for the ladder: 60 makes minutes of it seconds. */
  ladderSpeed: number
}
