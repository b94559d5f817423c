/** The limits of the HTTP face, as the configuration has them. */
import type { Config } from './config/config.ts'
import type { HttpLimits } from './http/http.ts'

export function httpLimits({ intake, documents }: Config): HttpLimits {
  return {
    maxCallbackBytes: intake.maxBodyBytes,
    maxRequestBytes: 1024 * 1024,
    maxDocumentBytes: documents.maxBytes,
    maxHeaderBytes: intake.maxHeaderBytes,
    headersTimeoutMs: Math.min(10_000, intake.requestTimeoutMs),
    requestTimeoutMs: intake.requestTimeoutMs,
    uploadTimeoutMs: Math.max(120_000, intake.requestTimeoutMs),
  }
}
