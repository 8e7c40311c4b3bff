#!/usr/bin/env node
// Plain JavaScript, because a Node too old for TypeScript has to be able to read this far.
import { existsSync } from 'node:fs'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  const next =
    'Install Node 24 or later, or add it to the project (`npm install --save-dev node@24`) and run this as `npx outbox`'
  process.stderr.write(`outbox: this is Node ${process.versions.node}, and it needs 24. ${next}\n`)
  process.exitCode = 2
} else {
  // As source in its repository; bundled in the package, because Node strips no types below node_modules.
  const source = new URL('./main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : '../../dist/cli/main.js')
}
