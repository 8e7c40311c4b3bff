/** The programs of the package, each bundled with the libraries that it alone needs. */
import { cpSync, globSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import packageJson from '../../package.json' with { type: 'json' }
import { noticesOf } from './notices.ts'

/** What an adopter installs with the package, or next to it. */
const installed = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.peerDependencies)]

/** Bundles `outbox` into dist/cli and the local stack into dist/local. */
export async function bundlePrograms(root: string, dist: string): Promise<void> {
  const cli = await bundle(root, { main: 'console/cli/packaged.ts' }, join(dist, 'cli'))
  const local = await bundle(
    root,
    { main: 'local/main.ts', 'sqs-process': 'local/engines/sqs-process.ts' },
    join(dist, 'local'),
  )
  // Read at run time, by a path next to the module that names them.
  for (const file of globSync('local/**/*.{mjs,xml}', { cwd: root, exclude: ['**/node_modules'] }))
    cpSync(join(root, file), join(dist, 'local', basename(file)))
  writeFileSync(join(dist, 'third-party-licenses.txt'), noticesOf(root, [cli, local]))
}

async function bundle(root: string, entryPoints: Record<string, string>, outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: installed,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    // Some libraries are CommonJS and call require for Node's own modules; an ES module has none.
    banner: { js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);" },
    metafile: true,
  })
  return metafile
}
