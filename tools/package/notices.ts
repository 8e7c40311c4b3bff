import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** The licences of all packages that were bundled: each asks to be kept with its code. */
export function noticesOf(root: string, bundles: readonly Metafile[]): string {
  const inputs = bundles.flatMap(({ inputs }) => Object.keys(inputs))
  const packages = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  return [...packages]
    .sort()
    .map((directory) => noticeOf(join(root, directory)))
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function noticeOf(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const texts = globSync('{LICENSE,LICENCE,License,license,NOTICE}{,.*}', { cwd: directory })
  return [
    `${name} ${version} (${license})`,
    ...texts.map((file) => readFileSync(join(directory, file), 'utf8').trim()),
    '',
  ].join('\n\n')
}
