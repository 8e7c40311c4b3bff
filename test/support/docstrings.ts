/** Reads the docstrings of exported declarations and of their members from the sources. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'vite'
import packageJson from '../../package.json' with { type: 'json' }

/** A name that an entry point exports, or a member of it. */
export interface Documented {
  /** `Lane`, or `Lane.batchSize` for a member. */
  readonly name: string
  readonly kind: 'function' | 'class' | 'type' | 'constant' | 'member'
  readonly isOptional: boolean
  /** Text of the docstring without the stars; empty if there is none. */
  readonly text: string
}

/** An entry point of the package with its documented names. */
export interface Entry {
  /** `outbox-relay/cdk` */
  readonly module: string
  readonly documented: readonly Documented[]
}

/** Returns the entry points of the package. */
export function publicEntries(): Entry[] {
  return Object.entries(packageJson.exports)
    .filter(([, file]) => file.endsWith('.ts'))
    .map(([path, file]) => ({
      module: path.replace('.', packageJson.name),
      documented: documentedIn(join(import.meta.dirname, '../..', file)),
    }))
}

/** Returns every name that a module exports from other modules, each followed by its members. */
function documentedIn(entry: string): Documented[] {
  return statementsOf(entry).flatMap(({ type, source, specifiers = [] }) => {
    if (type !== 'ExportNamedDeclaration' || !source) return []
    return specifiers.flatMap(({ local }) => declared(join(dirname(entry), source.value), local.name))
  })
}

/** Returns the code of each `@example` of a docstring. */
export function examplesIn(text: string): string[] {
  const tags = text.split(/^(?=@\w+)/m).filter((tag) => tag.startsWith('@example'))
  return tags.map((tag) => tag.replace('@example', '').trim())
}

/** The parts of a node of the syntax tree that matter here. */
interface Node {
  readonly type: string
  readonly start: number
  readonly id?: { readonly name: string }
  readonly key?: { readonly type: string; readonly name?: string }
  readonly kind?: string
  readonly optional?: boolean
  readonly value?: { readonly type: string } | null
  readonly typeAnnotation?: { readonly typeAnnotation?: { readonly type: string } } | null
  readonly source?: { readonly value: string } | null
  readonly specifiers?: readonly { readonly local: { readonly name: string } }[]
  readonly declaration?: Node | null
  readonly declarations?: readonly Node[]
}

function statementsOf(file: string): readonly Node[] {
  return parseSync(file, readFileSync(file, 'utf8')).program.body as unknown as Node[]
}

const kinds: Readonly<Record<string, Documented['kind']>> = {
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  ClassDeclaration: 'class',
  VariableDeclaration: 'constant',
}

/** The declaration of a name and its members. A module may pass on a name that it imports. */
function declared(file: string, name: string): Documented[] {
  const statements = statementsOf(file)
  const found = statements.find(({ declaration }) => declaration && nameOf(declaration) === name)
  if (!found?.declaration) {
    const passedOn = statements.find(({ specifiers }) => specifiers?.some(({ local }) => local.name === name))
    if (passedOn?.source) return declared(join(dirname(file), passedOn.source.value), name)
    throw new Error(`${file} neither declares nor imports ${name}`)
  }
  const source = readFileSync(file, 'utf8')
  const kind = kinds[found.declaration.type] ?? 'type'
  const own = { name, kind, isOptional: false, text: docBefore(source, found.start) }
  return [own, ...membersIn(found.declaration).map((member) => memberOf(name, source, member))]
}

function nameOf({ id, declarations }: Node): string | undefined {
  return (id ?? declarations?.[0]?.id)?.name
}

function memberOf(owner: string, source: string, { key, kind, optional = false, start }: Node): Documented {
  const name = `${owner}.${kind === 'constructor' ? 'constructor' : key?.name}`
  return { name, kind: 'member', isOptional: optional, text: docBefore(source, start) }
}

const memberTypes = ['TSPropertySignature', 'TSMethodSignature', 'PropertyDefinition', 'MethodDefinition']

/** The members of a declaration, also those of types inside it. A body of a function or a value declares none. */
function membersIn(node: unknown): Node[] {
  if (Array.isArray(node)) return node.flatMap(membersIn)
  if (typeof node !== 'object' || node === null) return []
  const { type, key } = node as Node
  if (type === 'BlockStatement' || type === 'VariableDeclaration' || key?.type === 'PrivateIdentifier') return []
  const inner = Object.values(node).flatMap(membersIn)
  return memberTypes.includes(type) && !hasOneValue(node as Node) ? [node as Node, ...inner] : inner
}

/** Whether the type of a member is a single text: `kind: 'busy'`, `name = 'ConfigError'`. Such a member needs no docstring. */
function hasOneValue({ type, value, typeAnnotation }: Node): boolean {
  if (type === 'PropertyDefinition' && value?.type === 'Literal') return true
  return typeAnnotation?.typeAnnotation?.type === 'TSLiteralType'
}

/** The text of the docstring that ends right before a place. Line comments may stand between the two. */
function docBefore(source: string, place: number): string {
  const [, text = ''] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\/.*\n\s*)*$/.exec(source.slice(0, place)) ?? []
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*\*( |$)/, ''))
    .join('\n')
    .trim()
}
