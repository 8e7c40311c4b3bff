/**
 * Packs what is published into a tarball: dist/ and the pages, with a package.json whose exports are the compiled modules. In
 * the repository they are the sources, so that app/ imports the package by its name.
 *
 *     node tools/package/pack.ts [options of npm pack]
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { entryPoints } from './declarations.ts'
import { modules } from './exports.ts'

const root = join(import.meta.dirname, '../..')

execFileSync(process.execPath, [join(import.meta.dirname, 'build.ts')], { cwd: root, stdio: 'inherit' })
const staged = mkdtempSync(join(tmpdir(), 'outbox-pack-'))
try {
  for (const path of globSync([...packageJson.files, 'README.md', 'LICENSE'], { cwd: root }))
    cpSync(join(root, path), join(staged, path), { recursive: true })
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`)
  execFileSync('npm', ['pack', '--pack-destination', root, ...process.argv.slice(2)], { cwd: staged, stdio: 'inherit' })
} finally {
  rmSync(staged, { recursive: true, force: true })
}

/** The package.json of the published package. */
function published(): object {
  const { workspaces, scripts, devDependencies, allowScripts, ...kept } = packageJson
  return { ...kept, ...entryPoints(modules) }
}
