/** Runs a TypeScript file in a process of its own, from source: `node run-typescript.mjs file.ts [arguments]`. */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

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
