/**
 * Writes exports/api-report.md: every declaration that the package exports, without its comments. A change of the public API
 * is a change of that file, and so seen in review; what it may be stands in docs/library-reference.md.
 *
 *     node tools/api-report/main.ts [--check]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { declarationsOf, type Found } from './declarations.ts'

const root = join(import.meta.dirname, '../..')
const report = join(root, 'exports', 'api-report.md')

const text = emitted((directory) => pageOf(Object.entries(packageJson.exports), directory))
if (!process.argv.includes('--check')) writeFileSync(report, text)
else if (readFileSync(report, 'utf8') !== text) {
  console.error(
    'The public API is not what exports/api-report.md says. If the change is meant, run `npx node tools/api-report/main.ts`, and look whether it breaks somebody (docs/library-reference.md)',
  )
  process.exitCode = 1
}

/** The types that the compiler emits for the package, in a directory that is gone afterwards. */
function emitted(use: (directory: string) => string): string {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-api-'))
  try {
    const args = ['-p', 'tsconfig.package.json', '--emitDeclarationOnly', '--outDir', directory]
    execFileSync(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: root, stdio: 'inherit' })
    return use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function pageOf(entries: readonly (readonly [string, string])[], directory: string): string {
  const modules = entries.filter(([, file]) => file.endsWith('.ts'))
  const found = modules.map(([name, file]) => {
    const types = join(directory, file.replace(/\.ts$/, '.d.ts'))
    return { name: name.replace(/^\./, packageJson.name), ...declarationsOf(types) }
  })
  const exported = new Set(found.flatMap((module) => [...module.exported.keys()]))
  const hidden = new Set(found.flatMap(({ reached }) => [...reached]).filter((name) => !exported.has(name)))
  if (hidden.size > 0)
    throw new Error(`${[...hidden].join(', ')} is in a public signature and cannot be imported: export it in exports/`)
  const sections = found.map(sectionOf)
  const head =
    '# Public API\n\nWritten by `npx node tools/api-report/main.ts`; `npm run check` fails when it is not what the code says.\n'
  return [head, ...sections].join('\n')
}

function sectionOf({ name, exported }: Found & { readonly name: string }): string {
  return [`## \`${name}\``, '', '```ts', [...exported.values()].join('\n\n'), '```', ''].join('\n')
}
