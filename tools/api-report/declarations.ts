import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a module exports, as text by name; and the names of the package's own types that those texts use. */
export interface Found {
  readonly exported: ReadonlyMap<string, string>
  readonly reached: ReadonlySet<string>
}

/** Reads an emitted `.d.ts` that does nothing but export from others. */
export function declarationsOf(entry: string): Found {
  const exports = [...namesFrom(entry, 'export')]
  const found = exports.map(([name, { file, original }]) => ({ name, file, text: textOf(file, original) }))
  const sorted = found.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    exported: new Map(sorted.map(({ name, text }) => [name, text])),
    reached: new Set(found.flatMap(({ file, text }) => foreignNames(file, text))),
  }
}

interface Origin {
  readonly file: string
  readonly original: string
}

/** What a module takes from others of the package by `import` or `export … from`, by the name that it has here. */
function namesFrom(file: string, keyword: 'export' | 'import'): Map<string, Origin> {
  const clauses = statementsOf(file).flatMap((statement) => {
    const [, names, from] =
      new RegExp(`^${keyword} (?:type )?\\{([^}]*)\\} from ['"](\\.[^'"]+)['"]`).exec(statement) ?? []
    return names && from ? [{ names, from: join(dirname(file), from.replace(/\.[jt]s$/, '.d.ts')) }] : []
  })
  const pairs = clauses.flatMap(({ names, from }) =>
    names.split(',').flatMap((part): [string, Origin][] => {
      const [original, name = original] = part
        .trim()
        .replace(/^type /, '')
        .split(' as ')
      return original && name ? [[name, { file: from, original }]] : []
    }),
  )
  return new Map(pairs)
}

/** The declaration of a name, with all its overloads, or that it passes on a type of another package. @throws Error if the module has none */
function textOf(file: string, name: string): string {
  const declared = statementsOf(file).filter((statement) => nameOf(statement) === name)
  if (declared.length > 0) return declared.join('\n')
  if (statementsOf(file).some((statement) => statement === `export type { ${name} };`))
    return `export type { ${name} };`
  throw new Error(`${file} does not declare ${name}; export it from where it is declared`)
}

/** Names of the package's own that a declaration uses, from its imports or beside it in its module. */
function foreignNames(file: string, text: string): string[] {
  const local = statementsOf(file).flatMap((statement) => nameOf(statement) ?? [])
  const known = new Set([...namesFrom(file, 'import').keys(), ...local])
  return (text.match(/\b[A-Z]\w*\b/g) ?? []).filter((word) => known.has(word) && nameOf(text) !== word)
}

function nameOf(statement: string): string | undefined {
  return /^(?:export )?(?:declare )?(?:abstract )?(?:function|class|interface|type|const|enum) (\w+)/.exec(
    statement,
  )?.[1]
}

const known = new Map<string, readonly string[]>()

/** The statements of a module, as the compiler lays them out: each ends where a line ends outside of all brackets. */
function statementsOf(file: string): readonly string[] {
  const before = known.get(file)
  if (before) return before
  const statements: string[] = []
  let open: string[] = []
  for (const line of withoutComments(readFileSync(file, 'utf8')).split('\n')) {
    if (line.trim() === '') continue
    open.push(line)
    const text = open.join('\n')
    // A type ends in `;` alone: a union goes on after the `}` of its first part.
    if ((isType(text) ? /;$/ : /[;}]$/).test(line) && depth(text) === 0) {
      statements.push(text)
      open = []
    }
  }
  known.set(file, statements)
  return statements
}

function isType(statement: string): boolean {
  return /^(export )?(declare )?type /.test(statement)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

function depth(text: string): number {
  return [...text].reduce((sum, char) => sum + ('{(['.includes(char) ? 1 : '})]'.includes(char) ? -1 : 0), 0)
}
