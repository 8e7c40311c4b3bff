/**
 * Builds the web console into web/dist when it is missing or older than its sources.
 *
 *     node console/build-web.ts [--always]
 */
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chaptersPlugin } from './build-chapters.ts'

const root = join(import.meta.dirname, 'web')
const dist = join(root, 'dist')

/** The directory to serve at `…/console/`. Resolves at once when it is newer than every source. */
export async function builtConsole({ always = false } = {}): Promise<string> {
  if (always || !isFresh()) await build()
  return dist
}

function isFresh(): boolean {
  const built = statSync(join(dist, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = globSync(
    ['web/index.html', 'web/src/**/*.*', 'build-*.ts', '../docs/operations.md', '../package.json'],
    {
      cwd: import.meta.dirname,
    },
  )
  return sources.every((file) => statSync(join(import.meta.dirname, file)).mtimeMs < built)
}

/** Beside the old one first, so that whoever is being served never finds half a console. */
async function build(): Promise<void> {
  const { build } = await import('vite')
  const outDir = join(root, `dist/.${process.pid}`)
  mkdirSync(outDir, { recursive: true })
  try {
    await build({
      configFile: false,
      root,
      base: './',
      logLevel: 'warn',
      plugins: [chaptersPlugin],
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
      build: {
        outDir,
        target: 'es2022',
        modulePreload: { polyfill: false },
        // On a busy machine it would warn of what took long.
        rolldownOptions: { checks: { pluginTimings: false } },
      },
    })
    rmSync(join(dist, 'assets'), { recursive: true, force: true })
    renameSync(join(outDir, 'assets'), join(dist, 'assets'))
    renameSync(join(outDir, 'index.html'), join(dist, 'index.html'))
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

const unwritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'])

/** Before a start: the console is an optional part, and the stack starts without it where it cannot be written. */
async function main(always: boolean): Promise<void> {
  try {
    await builtConsole({ always })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (always || !unwritable.has(code)) throw error
    const built = existsSync(join(dist, 'index.html')) ? 'an older one is shown' : 'the stack starts without it'
    process.stderr.write(`The web console cannot be built here: ${dist} cannot be written (${code}); ${built}\n`)
  }
}

if (import.meta.main) await main(process.argv.includes('--always'))
