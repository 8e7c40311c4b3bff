/**
 * Builds what is published into dist/: the library compiled, because Node strips no types below node_modules; the command
 * line and the local stack bundled with their libraries, so that nobody installs these; the web console built. The sample
 * application stays out.
 *
 *     node tools/package/build.ts
 */
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { builtConsole } from '../../console/build-web.ts'
import { bundlePrograms } from './bundle.ts'
import { tidyDeclarations } from './declarations.ts'
import { modules } from './exports.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.package.json'], {
  cwd: root,
  stdio: 'inherit',
})
// The functions import it, so it is compiled too; in the package, the functions are bundled with the application of the adopter.
rmSync(join(dist, 'app'), { recursive: true, force: true })
tidyDeclarations(dist, Object.values(modules))
await bundlePrograms(root, dist)
cpSync(await builtConsole(), join(dist, 'console'), { recursive: true })
