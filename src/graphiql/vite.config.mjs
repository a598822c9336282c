import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/graphiql/',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: here('../../dist/graphiql'),
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of its own: fewer data: addresses, and each is cached by its hash.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
    rolldownOptions: { checks: { moduleLevelDirective: false, pluginTimings: false } },
  },
  worker: { format: 'es' },
})
