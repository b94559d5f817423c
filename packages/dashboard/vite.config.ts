import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const client = (path: string) => fileURLToPath(new URL(`../client/src/${path}`, import.meta.url))

export default defineConfig({
  // Relative addresses: the page also works below a path, behind a proxy.
  base: './',
  plugins: [react()],
  resolve: {
    alias: {
      '@becket/client/contract': client('contract/index.ts'),
      '@becket/client': client('index.ts'),
    },
  },
  build: {
    outDir: '../server/public',
    emptyOutDir: true,
    // Everything stays a file of its own: a page under a strict content policy may not carry data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': 'http://localhost:7400' } },
})
