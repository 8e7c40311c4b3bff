#!/usr/bin/env node
// Plain JavaScript, because a Node too old for TypeScript has to be able to read this far.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  const next = 'Run it as `npx outbox`, which takes the Node that `npm ci` installed, or install Node 24 or later'
  process.stderr.write(`outbox: this is Node ${process.versions.node}, and it needs 24. ${next}\n`)
  process.exitCode = 2
} else {
  await import('./main.ts')
}
