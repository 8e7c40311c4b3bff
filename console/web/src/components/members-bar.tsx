import type { Batch } from '../api/types.ts'
import { count } from './words.ts'

export type Counts = Pick<Batch, 'total' | 'succeeded' | 'dead' | 'cancelled' | 'pending'>

const parts = ['succeeded', 'dead', 'cancelled', 'pending'] as const
export type Part = (typeof parts)[number]

/** The parts of a batch that have members. */
export function partsOf(counts: Counts): readonly Part[] {
  return parts.filter((part) => counts[part] > 0)
}

/** The members of a batch by how they ended, as a bar; the line below it says the same in numbers. */
export function MembersBar({ of }: { readonly of: Counts }) {
  const shown = partsOf(of)
  return (
    <div class="members-bar">
      <div class="bar" aria-hidden="true">
        {shown.map((part) => (
          <i key={part} class={part} style={{ flexGrow: of[part] }} />
        ))}
      </div>
      <span class="counts">
        {shown.length === 0 ? 'no members yet' : shown.map((part) => `${count(of[part])} ${part}`).join(', ')}
      </span>
    </div>
  )
}
