import { useEffect, useState } from 'preact/hooks'

export interface Pages {
  readonly cursor: string | undefined
  /** From 0. */
  readonly number: number
  /** Entries of the pages before. */
  readonly from: number
  /** @param length entries of this page */
  next(cursor: string, length: number): void
  back(): void
}

/** A page that was turned. */
interface Step {
  readonly cursor: string
  readonly from: number
}

/** Lists have cursors that only go forward: the way here is remembered. Another `key` starts at the first page. */
export function usePages(key: string): Pages {
  const [way, setWay] = useState<{ readonly key: string; readonly steps: readonly Step[] }>({ key, steps: [] })
  useEffect(() => setWay((old) => (old.key === key ? old : { key, steps: [] })), [key])
  const steps = way.key === key ? way.steps : []
  const from = steps.at(-1)?.from ?? 0
  return {
    cursor: steps.at(-1)?.cursor,
    number: steps.length,
    from,
    next: (cursor, length) => setWay({ key, steps: [...steps, { cursor, from: from + length }] }),
    back: () => setWay({ key, steps: steps.slice(0, -1) }),
  }
}

interface Props {
  readonly pages: Pages
  readonly next: string | undefined
  /** Entries of this page: it may be shorter than others, and not be the last. */
  readonly length: number
  /** What is on this page: `1–50 of 2,000`. */
  readonly shown: string
}

export function Pager({ pages, next, length, shown }: Props) {
  if (pages.number === 0 && next === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" class="back" disabled={pages.number === 0} onClick={pages.back}>
        ← Back
      </button>
      <span aria-live="polite">{shown}</span>
      <button
        type="button"
        class="next"
        disabled={next === undefined}
        onClick={() => next !== undefined && pages.next(next, length)}
      >
        Next →
      </button>
    </nav>
  )
}
