/** The port to intake as HTTP calls it: the bytes as they came, nothing parsed, nothing judged. */

export interface IntakeRequest {
  /** Null: no source claims the path, and intake says so. */
  source: string | null
  /** The path without the query, as it came. */
  path: string
  /** `GET` and `PUT` too; a HEAD is handed over as the GET that it asks about. */
  method: string
  /** Path and query as they came; may hold a token of ours. */
  url: string
  /** Name, value, name, value, … as they came, repeated ones too. */
  rawHeaders: string[]
  body: Buffer
  /** What stands behind `/t/` in the address. */
  token?: string
  /** What a configured path says by its `{names}`. */
  params: Record<string, string>
  remoteAddress: string
}

export interface IntakeAnswer {
  status: number
  /** A Buffer or a string goes out as it is; anything else as JSON; undefined is an empty body. */
  body: unknown
  headers?: Record<string, string>
}

export interface Intake {
  receive(request: IntakeRequest): Promise<IntakeAnswer>
}
