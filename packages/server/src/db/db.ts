/**
 * The database as the rest of Becket sees it. SQL is written with the schema's name `becket.`; where another schema is
 * configured, the pool replaces it. A transaction pooler may sit between.
 */

export interface Rows<Row> {
  rows: Row[]
  /** Rows touched, also for statements that return none. */
  count: number
}

export interface Queryable {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>
}

export interface Tx extends Queryable {
  /**
   * Sends a statement whose answer nobody needs, and does not wait for it: what is sent after it is done after it. Should
   * it fail, so does the transaction, at its commit at the latest.
   */
  send(text: string, values?: readonly unknown[]): void
  /** Runs in the transaction as its last work, in order; what it adds runs too. If it throws, all is rolled back. */
  beforeCommit(work: () => Promise<void>): void
  /** Runs after the commit, in order; never when the transaction rolled back. It must not throw. */
  afterCommit(work: () => void): void
}

export interface TxOptions {
  /** Instead of the pool's limit; 0 is no limit, for migrations and other long upkeep. */
  statementTimeoutMs?: number
  /** How long a statement may wait for somebody's lock; absent: as long as it may take. */
  lockTimeoutMs?: number
}

export interface Db extends Queryable {
  /** The schema that holds Becket's tables. */
  readonly schema: string
  /** One transaction, READ COMMITTED, with a statement limit set inside it. Rolled back if `work` throws. */
  tx<Result>(work: (tx: Tx) => Promise<Result>, options?: TxOptions): Promise<Result>
  close(): Promise<void>
}
