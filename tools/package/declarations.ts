/**
 * The declarations of the package: those that its exports reach, twice. A compiler that resolves modules as Node 16 did takes
 * a declaration file in an ES package for an ES module, which a CommonJS module may not import. Node itself can: the code is
 * there once. Compilers older than that do not read `exports`, and find the same copies by `typesVersions`.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folder below dist/ of the copies for CommonJS modules. */
const forCommonJs = 'commonjs'

const typesOf = (module: string) => module.replace(/\.[jt]s$/, '.d.ts')

/** Removes the declarations that no export reaches, and copies the others. @param modules paths of the exports, below dist/ */
export function tidyDeclarations(dist: string, modules: readonly string[]): void {
  const reached = new Set<string>()
  for (const module of modules) follow(dist, typesOf(module), reached)
  for (const file of globSync('**/*.d.ts', { cwd: dist })) if (!reached.has(file)) rmSync(join(dist, file))
  for (const file of reached) {
    const copy = join(dist, forCommonJs, file)
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(join(dist, file), copy)
  }
  writeFileSync(join(dist, forCommonJs, 'package.json'), '{ "type": "commonjs" }\n')
}

function follow(dist: string, file: string, reached: Set<string>): void {
  if (reached.has(file)) return
  reached.add(file)
  const text = readFileSync(join(dist, file), 'utf8')
  for (const [, path = ''] of text.matchAll(/(?:\bfrom |\bimport ?\(?)['"](\.[^'"]+)['"]/g))
    follow(dist, join(dirname(file), typesOf(path)), reached)
}

/**
 * The fields of package.json with which every compiler finds the declarations.
 *
 * @param exports names of the exports, and their modules below dist/
 */
export function entryPoints(exports: Readonly<Record<string, string>>): object {
  const copies = Object.entries(exports).map(
    ([name, module]) => [name, `./dist/${forCommonJs}/${typesOf(module)}`] as const,
  )
  const conditions = Object.entries(exports).map(([name, module]) => {
    const code = `./dist/${module}`
    const types = `./dist/${forCommonJs}/${typesOf(module)}`
    return [name, { require: { types, default: code }, types: typesOf(code), default: code }]
  })
  const main = exports['.'] ?? ''
  return {
    main: `./dist/${main}`,
    types: `./dist/${forCommonJs}/${typesOf(main)}`,
    typesVersions: {
      '*': Object.fromEntries(copies.flatMap(([name, types]) => (name === '.' ? [] : [[name.slice(2), [types]]]))),
    },
    exports: { ...Object.fromEntries(conditions), './package.json': './package.json' },
  }
}
