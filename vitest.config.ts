import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: {
      '@becket/client/contract': source('client/src/contract/index.ts'),
      '@becket/client': source('client/src/index.ts'),
      '@becket/rehearsal': source('rehearsal/src/index.ts'),
    },
  },
  test: {
    // Two at least: one waits for its database while the other works. More leave a core to the database.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Of the bench only what needs no peers.
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'bench/src/**/*.test.mjs'],
    // Hands out test databases; starts PostgreSQL only when a test asks for one.
    globalSetup: ['packages/server/test/database-broker.ts'],
    // 30 s: a first template database on a loaded two-core machine takes a few; nothing that is well takes this long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
