/** A process that migrates the database of the given URL and says what it applied. */
import { silentLog } from '../../src/db/log.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPool } from '../../src/db/pool.ts'

const [url = ''] = process.argv.slice(3)
const db = createPool({ url })
console.log(JSON.stringify(await migrate(db, { log: silentLog })))
await db.close()
