/** The configured database, opened: any PostgreSQL by its address, or one of our own under the data directory. */
import type { Config } from './config/config.ts'
import type { Db } from './db/db.ts'
import { createEmbedded } from './db/embedded.ts'
import { createPool } from './db/pool.ts'
import type { Log } from './observe/log.ts'

export interface OpenDatabase {
  db: Db
  url: string
  /** Nobody else can be using it: it is the embedded one, and we hold its lock. */
  isOurs: boolean
  close(): Promise<void>
}

export async function openDatabase(
  config: Config,
  { log, onLost }: { log: Log; onLost?: (error: Error) => void },
): Promise<OpenDatabase> {
  const { url, schema, poolSize } = config.database
  if (url !== null) {
    const db = createPool({ url, schema, max: poolSize, log })
    return { db, url, isOurs: false, close: () => db.close() }
  }
  const embedded = createEmbedded({ dataDir: config.dataDir, log, onLost })
  const started = await embedded.start()
  const db = createPool({ url: started.url, schema, max: poolSize, log })
  return {
    db,
    url: started.url,
    isOurs: true,
    async close() {
      await db.close()
      await embedded.stop()
    },
  }
}
