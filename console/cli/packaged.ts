/** `outbox` of the published package, bundled into `dist/cli/main.js`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from './run-process.ts'

const home = join(import.meta.dirname, '../..')

await runProcess({
  version: JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version,
  localStack: join(home, 'dist/local/main.js'),
  builtConsole: async () => join(home, 'dist/console'),
})
