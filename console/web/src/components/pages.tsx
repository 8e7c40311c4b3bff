import { useEffect, useState } from 'preact/hooks'

export interface Pages {
  readonly cursor: string | undefined
  /** From 0. */
  readonly number: number
  next(cursor: string): void
  back(): void
}

/** Lists have cursors that only go forward: the way here is remembered. Another `key` starts at the first page. */
export function usePages(key: string): Pages {
  const [way, setWay] = useState<{ readonly key: string; readonly cursors: readonly string[] }>({ key, cursors: [] })
  useEffect(() => setWay((old) => (old.key === key ? old : { key, cursors: [] })), [key])
  const cursors = way.key === key ? way.cursors : []
  return {
    cursor: cursors.at(-1),
    number: cursors.length,
    next: (cursor) => setWay({ key, cursors: [...cursors, cursor] }),
    back: () => setWay({ key, cursors: cursors.slice(0, -1) }),
  }
}

interface Props {
  readonly pages: Pages
  readonly next: string | undefined
  /** What is on this page: `1–50 of 2,000`. */
  readonly shown: string
}

export function Pager({ pages, next, shown }: Props) {
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
        onClick={() => next !== undefined && pages.next(next)}
      >
        Next →
      </button>
    </nav>
  )
}
