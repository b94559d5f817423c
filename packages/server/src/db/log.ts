/** What the database layer logs to: facts first, then a short message. A pino logger fits. */
export interface DbLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** For commands and tests that have nobody to tell. */
export const silentLog: DbLog = { info() {}, warn() {}, error() {} }
