import type { ErrorGroup } from '../../api/types.ts'
import { count, noError } from '../../components/words.ts'
import { href } from '../../nav/route.ts'

interface Props {
  readonly group: ErrorGroup
  /** The count of the biggest group: its bar is full. */
  readonly most: number
}

/** One kind of death, on the overview. */
export function GroupLine({ group: { type, error, count: number }, most }: Props) {
  return (
    <li class="group">
      <a class="group-link" href={href(['dead-letters'], { errorOf: type, error })}>
        <Share value={number / most} />
        <b class="group-count">{count(number)}</b>
        <span class="group-what">
          <span class="group-type">{type}</span>
          <span class="group-error">{error || noError}</span>
        </span>
      </a>
    </li>
  )
}

/** How big a share of the biggest this is, as a bar. */
export function Share({ value }: { readonly value: number }) {
  return <i class="share" style={{ '--share': `${Math.max(2, value * 100)}%` }} aria-hidden="true" />
}
