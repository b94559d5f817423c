/**
 * Every error that Becket names, with its HTTP status, a title that never varies, and what the reader can do next.
 * `docs/reference/errors.md` is held against this table by a test.
 */

export interface ErrorCode {
  status: number
  title: string
  hint: string
}

export const errorCodes = {
  // Requests
  REQUEST_INVALID: { status: 400, title: 'The request is not valid', hint: 'Mend the fields that `detail` names.' },
  UNAUTHENTICATED: {
    status: 401,
    title: 'No valid API key',
    hint: 'Send `Authorization: Bearer <key>`; make a key with `becket keys create`.',
  },
  FORBIDDEN: { status: 403, title: 'The key may not do this', hint: 'Use a key with the role that `detail` names.' },
  NOT_FOUND: { status: 404, title: 'Nothing is known by that id or address', hint: 'Check it; list what there is.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This address does not take that method',
    hint: 'Use one of the methods that `detail` and the header Allow name.',
  },
  REQUEST_TOO_SLOW: {
    status: 408,
    title: 'The request did not arrive in time',
    hint: 'Send it again over a better line; the limit is `intake.requestTimeout`.',
  },
  CONFLICT: {
    status: 409,
    title: 'That cannot be done in this state',
    hint: 'Read the present state and decide again.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is larger than allowed',
    hint: 'Send less, or raise the limit that `detail` names.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are larger than allowed',
    hint: 'Send fewer or shorter headers, or raise the limit of the headers.',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', hint: 'Wait as long as Retry-After says.' },
  INTERNAL: {
    status: 500,
    title: 'Becket failed',
    hint: 'Look up `requestId` in the log; nothing that was accepted is lost.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Becket cannot store anything now',
    hint: 'Try again as Retry-After says; `/readyz` names what is missing.',
  },
  // Intake
  SOURCE_UNKNOWN: {
    status: 404,
    title: 'No source is configured by that name',
    hint: 'Compare the URL with `sources:` in becket.yaml; `becket config` lists them.',
  },
  CALLBACK_REFUSED: {
    status: 401,
    title: 'The callback is not signed as the source demands',
    hint: 'It was kept: `becket callbacks list --verdict refused` shows why.',
  },
  // Expectations and jobs
  KEY_REUSED: {
    status: 409,
    title: 'The same key was used with other parameters',
    hint: 'Use another key, the same parameters, or `attempt: "new"`.',
  },
  STATE_CONFLICT: {
    status: 409,
    title: 'The present state does not allow this',
    hint: 'Read it again; `detail` names the state.',
  },
  OPERATION_UNKNOWN: {
    status: 422,
    title: 'The source has no such operation',
    hint: 'Use one of the operations that `detail` lists.',
  },
  SINK_UNKNOWN: {
    status: 422,
    title: 'No sink is configured by that name',
    hint: 'Use one of the sinks that `detail` lists, or add it under `sinks:` in becket.yaml.',
  },
  // Documents: what a document's owner may read
  DOCUMENT_NOT_UPLOADED: {
    status: 409,
    title: 'The content has not arrived yet',
    hint: 'Upload the content, then finalize again.',
  },
  DOCUMENT_EMPTY: { status: 422, title: 'The document is empty', hint: 'Upload a file that has content.' },
  DOCUMENT_NOT_PDF: { status: 422, title: 'The document is not a PDF', hint: 'Upload a PDF file.' },
  DOCUMENT_TOO_LARGE: { status: 413, title: 'The document is too large', hint: 'Upload a smaller file.' },
  DOCUMENT_SIZE_MISMATCH: {
    status: 422,
    title: 'The stored content has another size than promised',
    hint: 'Upload the whole file again, then finalize.',
  },
  DOCUMENT_HASH_MISMATCH: {
    status: 422,
    title: 'The stored content has another SHA-256 than promised',
    hint: 'Upload the file again, then finalize.',
  },
  UPLOAD_URL_INVALID: {
    status: 403,
    title: 'The upload address is not valid, or no longer',
    hint: 'Ask for a new one: POST /v1/documents with the same file.',
  },
  STORAGE_ACCESS_ERROR: {
    status: 503,
    title: 'Document file is not accessible for processing. Please try uploading again.',
    hint: 'Upload the document again; give the support id to whoever helps you.',
  },
  FILE_ACCESS_CIRCUIT_BREAKER_OPEN: {
    status: 503,
    title: 'Storage is failing; the job waits until it is back',
    hint: 'Nothing is lost: the job goes on by itself.',
  },
  PARSE_FAILED: {
    status: 422,
    title: 'The document could not be read',
    hint: 'Open the file on your machine; if it opens without a password, upload it again.',
  },
  PARSE_EMPTY: {
    status: 422,
    title: 'No text was found in the document',
    hint: 'A scanned document needs text recognition first.',
  },
  PARSE_TIMED_OUT: {
    status: 504,
    title: 'The parser never gave an answer',
    hint: 'Try again; give the support id to whoever helps you.',
  },
  CHUNKING_FAILED: {
    status: 500,
    title: 'The text could not be divided',
    hint: 'Give the support id to whoever helps you.',
  },
  EMBEDDING_INVALID: {
    status: 502,
    title: 'The embedding service answered with unusable vectors',
    hint: 'Nothing was invented in their place; try again later.',
  },
  EMBEDDING_FAILED: { status: 502, title: 'The embedding service failed', hint: 'Try again later.' },
  // Videos
  RENDER_FAILED: {
    status: 502,
    title: 'The video could not be rendered',
    hint: 'Look whether each of its inputs can be downloaded and played; the provider said why in `message`.',
  },
  RENDER_TIMED_OUT: {
    status: 504,
    title: 'The renderer never gave an answer',
    hint: 'Try it again: becket jobs retry ID. The timeline says what was asked meanwhile.',
  },
  OUTPUT_GONE: {
    status: 502,
    title: 'The rendered file is not there any more',
    hint: 'Try it again: it is rendered anew. Providers keep their files for a day.',
  },
  OUTPUT_EMPTY: {
    status: 502,
    title: 'The rendered file has no content',
    hint: 'Try it again: it is rendered anew. If it stays empty, look at the inputs.',
  },
  OUTPUT_REFUSED: {
    status: 502,
    title: 'The rendered file lies where its source may not fetch',
    hint: "Add the origin that `message` names to the source's `allow`, or do what `message` says; then try it again: it is not rendered anew.",
  },
  OUTPUT_TOO_LARGE: {
    status: 502,
    title: 'The rendered file is larger than allowed',
    hint: 'Raise `videos.maxBytes`, then try it again: it is not rendered anew.',
  },
  OUTPUT_NOT_STORED: {
    status: 503,
    title: 'The rendered file could not be stored',
    hint: 'Look at the storage that `message` names, then try it again: it is not rendered anew while the provider has it.',
  },
  PROVIDER_FAILED: {
    status: 502,
    title: 'The provider failed',
    hint: '`becket requests list` shows what was sent and answered.',
  },
  PROCESS_DIED_REPEATEDLY: {
    status: 500,
    title: 'The process died each time it worked on this',
    hint: 'Look at the log of the instances named on the timeline before you retry it.',
  },
  // The process
  GET_NEXT_JOB_FAILED: {
    status: 503,
    title: 'The next job could not be fetched from the database',
    hint: 'The worker goes on trying; `/readyz` says whether the database is there.',
  },
  CONFIGURATION_INVALID: {
    status: 500,
    title: 'The configuration cannot work',
    hint: 'Mend what is named; nothing was started.',
  },
  CONFIGURATION_ERROR_FATAL: {
    status: 500,
    title: 'The process stopped: its configuration can never work',
    hint: 'Mend what is named and start again. Waiting would not help, and nothing was started.',
  },
  DATABASE_UNREACHABLE: {
    status: 503,
    title: 'The database cannot be reached',
    hint: 'Check DATABASE_URL, or leave it out to use the embedded PostgreSQL.',
  },
  DATABASE_TOO_OLD: { status: 500, title: 'PostgreSQL is too old', hint: 'Becket needs PostgreSQL 14 or newer.' },
  DATABASE_NEWER_THAN_PROGRAM: {
    status: 500,
    title: 'The database was migrated by a newer Becket',
    hint: 'Start the newer release; a database never goes back.',
  },
  MIGRATIONS_LOCKED: {
    status: 503,
    title: 'Another process is applying migrations',
    hint: 'Wait: it goes on by itself. If no other Becket is starting, `select * from pg_locks` names the session that holds an advisory lock.',
  },
  MIGRATION_CHANGED: {
    status: 500,
    title: 'An applied migration differs from the file',
    hint: 'Restore the released files; migrations only go forward.',
  },
  DATA_DIRECTORY_IN_USE: {
    status: 500,
    title: 'Another Becket uses this data directory',
    hint: 'Stop it, or give this one another BECKET_DATA_DIR or a DATABASE_URL.',
  },
  DATA_DIRECTORY_UNUSABLE: {
    status: 500,
    title: 'The data directory cannot be used',
    hint: 'Make it writable, or choose another by BECKET_DATA_DIR.',
  },
  SPOOL_UNUSABLE: {
    status: 503,
    title: 'Callbacks cannot be kept on this disk while the database is away',
    hint: 'Make `spool/` in the data directory writable and look at the disk under it. Do not delete it: what lies there was accepted.',
  },
  EMBEDDED_POSTGRES_UNAVAILABLE: {
    status: 500,
    title: 'The embedded PostgreSQL cannot run here',
    hint: 'Set DATABASE_URL to a PostgreSQL 14 or newer.',
  },
  ENCRYPTION_KEY_WRONG: {
    status: 500,
    title: 'This object was encrypted with another key',
    hint: 'Restore the DOCUMENT_ENCRYPTION_KEY whose id `detail` names.',
  },
  STAND_IN_IN_PRODUCTION: {
    status: 500,
    title: 'A stand-in refuses to run in production',
    hint: 'Point the source at the real provider, or change `environment`.',
  },
  FILE_LINK_INVALID: {
    status: 403,
    title: 'The download address is not one of ours',
    hint: 'Use it whole, as it was given: its name, its type and its end are signed.',
  },
  FILE_LINK_EXPIRED: {
    status: 410,
    title: 'The download address has expired',
    hint: 'Deliver the result again: it then carries a new address.',
  },
  NO_LONGER_KEPT: {
    status: 410,
    title: 'It was dropped when its time was over',
    hint: 'How long things are kept is `retention` in becket.yaml; a longer time holds for what is still there.',
  },
} as const satisfies Record<string, ErrorCode>

export type ErrorCodeName = keyof typeof errorCodes
