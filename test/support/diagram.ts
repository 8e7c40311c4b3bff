/** The state diagram of an effect, as docs/maintainers/architecture.md draws it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One arrow. `none`: there is no effect yet. */
export interface Arrow {
  readonly from: string
  readonly to: string
  /** The write: `claim` for `claimWrite` in shared/execution/effect.ts. */
  readonly verb: string
  /** When the write takes this arrow; empty if always. */
  readonly guard: string
}

const section = '## The states of an effect'
const line = /^(\S+) --> (\S+?)(?:: ([A-Za-z]+),? ?(.*))?$/

/** @throws Error when the section holds a line that is no arrow */
export function effectArrows(): Arrow[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs/maintainers/architecture.md'), 'utf8')
  const block = text.split(section)[1]?.match(/```mermaid\nstateDiagram-v2\n([\s\S]*?)```/)?.[1]
  if (block === undefined) throw new Error(`docs/maintainers/architecture.md has no state diagram below "${section}"`)
  return block
    .split('\n')
    .map((text) => text.trim())
    .filter(Boolean)
    .map(arrowOf)
    .filter(({ to }) => to !== '[*]')
}

function arrowOf(text: string): Arrow {
  const [, from = '', to = '', verb = '', guard = ''] = line.exec(text) ?? []
  if (to === '' || (verb === '' && to !== '[*]'))
    throw new Error(`the state diagram has "${text}"; an arrow is written "from --> to: verb, guard"`)
  return { from: from === '[*]' ? 'none' : from, to, verb, guard }
}

export function arrowText({ from, to, verb }: Pick<Arrow, 'from' | 'to' | 'verb'>): string {
  return `${from} --> ${to}: ${verb}`
}
