/** Runs a TypeScript file in a process of its own, from source: `node run-typescript.mjs file.ts [arguments]`. */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

// A test run that is interrupted kills its workers; what they started ends in order.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 500).unref()

await runnerImport(process.argv[2], {
  configFile: false,
  logLevel: 'error',
  resolve: {
    alias: {
      '@becket/client/contract': source('client/src/contract/index.ts'),
      '@becket/client': source('client/src/index.ts'),
      '@becket/rehearsal': source('rehearsal/src/index.ts'),
    },
  },
})
