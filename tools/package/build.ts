/**
 * Builds what is published into dist/: the sources compiled, because Node strips no types below node_modules, and beside
 * them what is read at run time. The sample business stays out.
 *
 *     node tools/package/build.ts
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { builtConsole } from '../../console/build-web.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.package.json'], {
  cwd: root,
  stdio: 'inherit',
})
// The functions name it, so it is compiled too; in the package, whoever bundles them brings an application of his own.
rmSync(join(dist, 'app'), { recursive: true, force: true })
for (const file of globSync('local/**/*.{mjs,xml}', { cwd: root })) cpSync(join(root, file), join(dist, file))
cpSync(await builtConsole(), join(dist, 'console', 'web', 'dist'), { recursive: true })
