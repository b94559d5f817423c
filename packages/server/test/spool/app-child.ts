/** One whole server on a data directory and a database, from source: says its address once it listens; to be killed. */
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'

const [cwd = ''] = process.argv.slice(3)
const { config } = await loadConfig({ env: {}, cwd, providers, sinkKinds })
let isTold = false
const app = createApp(config, {
  log: silentLog,
  onStep() {
    if (isTold || app.address === null) return
    isTold = true
    console.log(JSON.stringify(app.address))
  },
  startup: { retry: { baseMs: 20, capMs: 80 } },
})
process.once('SIGTERM', () => void app.stop())
await app.start()
