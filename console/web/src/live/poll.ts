import { useEffect, useRef, useState } from 'preact/hooks'
import { type Problem, problemOf } from '../api/problem.ts'

export interface Polled<T> {
  readonly data?: T
  /** Why the last try failed; `data` is then what was known before. */
  readonly problem?: Problem
}

const refreshes = new EventTarget()

/** Asks everything on the screen anew, at once: after an act, or because a person wants it. */
export function refreshNow(): void {
  refreshes.dispatchEvent(new Event('now'))
}

/**
 * Loads again and again while the page is visible; what belongs to another `key` is forgotten. An answer that takes long is
 * asked for less often, so that a big list does not keep the API busy.
 *
 * @param every ms between an answer and the next question
 */
export function usePoll<T>(key: string, load: (signal: AbortSignal) => Promise<T>, every = 2_000): Polled<T> {
  const [state, setState] = useState<Polled<T> & { readonly key: string }>({ key })
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    setState((old) => (old.key === key ? old : { key }))
    return keepLoading(
      (signal) => latest.current(signal),
      every,
      (change) => setState((old) => ({ ...(old.key === key ? old : {}), ...change, key })),
    )
  }, [key, every])
  return state.key === key ? state : {}
}

function keepLoading<T>(
  load: (signal: AbortSignal) => Promise<T>,
  every: number,
  tell: (change: { readonly data?: T; readonly problem: Problem | undefined }) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined

  async function run() {
    clearTimeout(timer)
    running?.abort()
    const controller = new AbortController()
    running = controller
    const began = performance.now()
    try {
      const data = await load(controller.signal)
      if (!controller.signal.aborted) tell({ data, problem: undefined })
    } catch (error) {
      if (!controller.signal.aborted) tell({ problem: problemOf(error) })
    }
    if (controller.signal.aborted) return
    running = undefined
    if (!document.hidden) timer = setTimeout(run, Math.max(every, 4 * (performance.now() - began)))
  }

  const onVisibility = () => {
    if (document.hidden) clearTimeout(timer)
    else if (!running) run()
  }
  document.addEventListener('visibilitychange', onVisibility)
  refreshes.addEventListener('now', run)
  run()
  return () => {
    clearTimeout(timer)
    running?.abort()
    document.removeEventListener('visibilitychange', onVisibility)
    refreshes.removeEventListener('now', run)
  }
}
