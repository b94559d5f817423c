/** Puts one record after the other, several at a time, and says each id when it is kept; to be killed. */
import { openSpoolFile } from '../../src/intake/spool-file.ts'
import { newId } from '../../src/store/new-id.ts'

const [dataDir = ''] = process.argv.slice(3)
const file = await openSpoolFile({ dataDir, maxBytes: 64 * 1024 * 1024 })

async function putOnAndOn(): Promise<never> {
  for (;;) {
    const id = newId('callback')
    await file.put({ id, record: Buffer.alloc(300, 1) })
    console.log(JSON.stringify(id))
  }
}

await Promise.all(Array.from({ length: 8 }, putOnAndOn))
