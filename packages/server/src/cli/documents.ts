/** `becket documents`: what was uploaded, and uploading. */
import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { type Becket, type Document, documentQuerySchema } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { describeFailure, type Failure } from './failure.ts'
import { stateCell } from './output.ts'
import { NONE_ON_THIS_PAGE, readFilter, type Session, sayMore } from './remote.ts'

export async function listDocuments(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const page = await session.becket.documents.list(readFilter(documentQuerySchema, flags))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line(
        page.nextCursor === null
          ? 'No such documents. Upload one: becket documents upload FILE.pdf'
          : NONE_ON_THIS_PAGE,
      )
      sayMore(session, page.nextCursor)
      return
    }
    output.table(
      ['document', 'filename', 'owner', 'bytes', 'status', 'job', 'registered'],
      page.items.map((document) => [
        document.id,
        document.filename,
        document.owner,
        String(document.bytes),
        stateCell(document.status ?? document.state),
        document.jobId,
        output.when(document.createdAt),
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

export async function showDocument(session: Session, id: string): Promise<ExitCode> {
  const document = await session.becket.documents.get(id)
  session.show(document, () => {
    const { output } = session
    output.facts([
      ['document', document.id],
      ['filename', document.filename],
      ['owner', document.owner],
      ['type', document.mime],
      ['bytes', String(document.bytes)],
      ['sha256', document.sha256],
      ['state', document.state],
      ['status', stateCell(document.status)],
      ['job', document.jobId],
      ['duplicate of', document.duplicateOf],
      ['registered', output.when(document.createdAt)],
      ['finalized', output.when(document.finalizedAt)],
    ])
    if (document.jobId !== null) output.line(`Its timeline: becket jobs show ${document.jobId}`)
  })
  return exitCodes.ok
}

export interface UploadFlags {
  owner?: string
  wait?: boolean
  timeout?: string
}

type Uploaded = { file: string; document: Document | null; job: string | null; failure: Failure | null }

/** Each file on its own: one that fails does not keep the others from being uploaded. The code is that of the first fault. */
export async function uploadDocuments(
  session: Session,
  files: readonly string[],
  flags: UploadFlags,
): Promise<ExitCode> {
  const results: Uploaded[] = []
  for (const file of files) results.push(await upload(session, file, flags))
  if (flags.wait === true) for (const result of results) await waitFor(session, result, flags)
  session.show(results, () => {
    const { output } = session
    output.table(
      ['file', 'document', 'state', 'job'],
      results.map(({ file, document, job, failure }) => [
        file,
        document?.id ?? null,
        failure === null ? stateCell(job ?? document?.state ?? null) : { text: failure.code, tone: 'bad' },
        document?.jobId ?? null,
      ]),
    )
    for (const { file, failure } of results) {
      if (failure !== null) output.line(`${file}: ${failure.detail}. ${failure.hint}`)
    }
  })
  return results.find(({ failure }) => failure !== null)?.failure?.exitCode ?? exitCodes.ok
}

async function upload({ becket, io }: Session, file: string, { owner }: UploadFlags): Promise<Uploaded> {
  try {
    const bytes = await io.readFile(resolve(io.cwd, file))
    const facts = { filename: basename(file), ...(owner === undefined ? {} : { owner }) }
    return { file, document: await submit(becket, bytes, facts), job: null, failure: null }
  } catch (error) {
    return { file, document: null, job: null, failure: describeFailure(error) }
  }
}

// As the client's.
const SHOWN_WITHIN_MS = 10_000

/** As the client's `submit`, but by the way that the commands go anyhow: the public address may not lead here from here. */
async function submit(becket: Becket, bytes: Buffer, facts: { filename: string; owner?: string }): Promise<Document> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const document = await becket.documents.create({ ...facts, bytes: bytes.length, sha256 })
  if (document.upload === null) return document
  const upload = { ...document.upload, url: pathOf(document.upload.url) }
  await becket.documents.upload({ ...document, upload }, bytes)
  return becket.documents.finalize(document.id, { waitMs: SHOWN_WITHIN_MS })
}

/** The path below the server's address; an address elsewhere stays as it is. */
function pathOf(url: string): string {
  const start = url.indexOf('/v1/documents/')
  return start < 0 ? url : url.slice(start)
}

async function waitFor({ becket }: Session, result: Uploaded, { timeout }: UploadFlags): Promise<void> {
  const id = result.document?.jobId
  if (id === null || id === undefined) return
  try {
    const job = await becket.jobs.wait(id, timeout === undefined ? {} : { timeout })
    result.job = job.status ?? job.state
    if (job.state === 'done') return
    const { code, title, hint } = job.error ?? {
      code: job.state,
      title: `The job is ${job.state}`,
      hint: `becket jobs show ${id}`,
    }
    result.failure = { code, detail: title, hint, exitCode: exitCodes.failed }
  } catch (error) {
    result.failure = describeFailure(error)
  }
}
