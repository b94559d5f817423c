/** A database that keeps the text of every statement that goes to it, transactions' beginnings and ends included. */
import type { Db, Queryable, Tx } from '../../src/db/db.ts'

export interface CountingDb {
  db: Db
  /** In the order in which they were sent. */
  statements: string[]
}

export function countingDb(db: Db): CountingDb {
  const statements: string[] = []
  const counted = (to: Queryable): Queryable['query'] => {
    return (text, values) => {
      statements.push(text)
      return to.query(text, values)
    }
  }
  return {
    statements,
    db: {
      ...db,
      query: counted(db),
      tx: (work, options) => {
        statements.push('begin')
        return db.tx(async (tx) => {
          const send: Tx['send'] = (text, values) => {
            statements.push(text)
            tx.send(text, values)
          }
          const result = await work({ ...tx, query: counted(tx), send })
          tx.beforeCommit(async () => void statements.push('commit'))
          return result
        }, options)
      },
    },
  }
}
