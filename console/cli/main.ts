/** `outbox` from the sources of this repository. */
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { runProcess } from './run-process.ts'

const root = join(import.meta.dirname, '../..')

await runProcess({
  version: packageJson.version,
  localStack: join(root, 'local/main.ts'),
  builtConsole: async () => (await import('../build-web.ts')).builtConsole(),
  sample: root,
})
