/** The texts that people read in source code: string literals, templates and JSX text that have at least two words. */
import { parseSync } from 'vite'

export interface Literal {
  readonly line: number
  readonly text: string
}

/** @throws Error when the file cannot be parsed */
export function literalsOf(file: string, code: string): Literal[] {
  const { program, errors } = parseSync(file, code)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  return textsIn(program)
    .filter(([, text]) => /\w\s+\w/.test(text))
    .map(([start, text]) => ({ line: code.slice(0, start).split('\n').length, text: text.replace(/\s+/g, ' ').trim() }))
}

function textsIn(node: unknown): [number, string][] {
  if (Array.isArray(node)) return node.flatMap(textsIn)
  if (typeof node !== 'object' || node === null) return []
  const {
    type,
    start = 0,
    value,
    quasis,
  } = node as { type?: string; start?: number; value?: unknown; quasis?: Quasi[] }
  if ((type === 'Literal' || type === 'JSXText') && typeof value === 'string') return [[start, value]]
  const own: [number, string][] =
    type === 'TemplateLiteral' && quasis ? [[start, quasis.map((quasi) => quasi.value.cooked ?? '').join('Value')]] : []
  return [...own, ...Object.values(node).flatMap(textsIn)]
}

interface Quasi {
  readonly value: { readonly cooked: string | null }
}
