/** The state diagram of an effect in Mermaid's words, drawn from the table of transitions. */

import { clauses } from '../../shared/execution/effect/clauses.ts'
import { type Transition, transitions } from '../../shared/execution/effect/transitions.ts'
import type { EffectState } from '../../shared/execution/effect.ts'

/** One arrow of the diagram. */
export interface DrawnArrow {
  /** `none`: there is no effect yet. */
  readonly from: EffectState | 'none'
  readonly to: EffectState
  /** The transition: `note dead letter` for `noteDeadLetter`. */
  readonly verb: string
  /** When the transition takes this arrow; empty if always. */
  readonly guard: string
}

/** Every arrow, in the order of the table. Two guards between the same states are one arrow: the one or the other. */
export function drawnArrows(): DrawnArrow[] {
  const rows: [string, Transition][] = Object.entries(transitions)
  return rows.flatMap(([name, { to, arrows }]) => {
    const guards = arrows.flatMap(({ from, when = [] }) =>
      from.map((state) => ({ from: state, guard: when.map((clause) => clauses[clause].description).join(', ') })),
    )
    const verb = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    return [...Map.groupBy(guards, ({ from }) => from)].map(([from, list]) => {
      return { from, to, verb, guard: list.map(({ guard }) => guard).join(', or ') }
    })
  })
}

/** The lines of the diagram. */
export function stateDiagram(): string {
  const lines = drawnArrows().map(({ from, to, verb, guard }) => {
    return `  ${from === 'none' ? '[*]' : from} --> ${to}: ${guard === '' ? verb : `${verb}, ${guard}`}`
  })
  return ['stateDiagram-v2', ...lines, '  succeeded --> [*]', ''].join('\n')
}

const drawn = /(?<=```mermaid\n)stateDiagram-v2\n[\s\S]*?(?=```)/

/** A page with its diagram drawn anew. @throws Error where the page has none */
export function withDiagram(page: string): string {
  if (!drawn.test(page)) throw new Error('the page has no Mermaid block that begins with stateDiagram-v2: add one')
  return page.replace(drawn, stateDiagram())
}
