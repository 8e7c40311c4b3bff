// Plain JavaScript, because a Node too old for TypeScript has to be able to read it. Every script of package.json begins with it.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  const next =
    'The repository brings its own: run `npm rebuild node`, or `npm ci` with install scripts; or install Node 24 or later'
  process.stderr.write(`outbox: this is Node ${process.versions.node}, and it needs 24. ${next}\n`)
  process.exitCode = 1
}
