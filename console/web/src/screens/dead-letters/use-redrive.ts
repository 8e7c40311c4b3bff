import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { type Problem, problemOf } from '../../api/problem.ts'
import type { ErrorGroup, Filter } from '../../api/types.ts'
import { now } from '../../live/clock.ts'
import { refreshNow } from '../../live/poll.ts'
import { idsOf } from './letters.ts'
import { type Progress, redriveAll, type Target } from './redrive.ts'

/** How far a bulk redrive is. */
export type Stage =
  | { readonly at: 'counting'; readonly found: number }
  | { readonly at: 'refused'; readonly problem: Problem }
  | { readonly at: 'asking'; readonly target: Target; readonly total: number }
  | (Running & { readonly at: 'running'; readonly stopping: boolean })
  | (Running & { readonly at: 'stopped' | 'done'; readonly problem?: Problem })

interface Running {
  readonly target: Target
  readonly total: number
  readonly progress: Progress
}

/** Counts what a filter or a group matches, then waits for `start`; `stop` ends it after the call that is under way. */
export function useRedrive(filter: Filter, group: ErrorGroup | undefined) {
  const [stage, setStage] = useState<Stage>({ at: 'counting', found: 0 })
  const stopping = useRef(false)

  // What it is about stays the same while the dialog is open.
  useEffect(() => {
    const controller = new AbortController()
    const found = (found: number) => setStage({ at: 'counting', found })
    count(filter, group, found, controller.signal).then(
      (counted) => controller.signal.aborted || setStage({ at: 'asking', ...counted }),
      (error) => controller.signal.aborted || setStage({ at: 'refused', problem: problemOf(error) }),
    )
    return () => {
      controller.abort()
      stopping.current = true
    }
  }, [])

  async function start(target: Target, total: number, from: Progress = { moved: 0, done: 0 }) {
    stopping.current = false
    let progress = from
    setStage({ at: 'running', target, total, progress, stopping: false })
    const tell = (next: Progress) => {
      progress = next
      setStage({ at: 'running', target, total, progress, stopping: stopping.current })
    }
    try {
      const end = await redriveAll(target, from, tell, () => stopping.current)
      setStage({ at: end === 'complete' ? 'done' : 'stopped', target, total, progress })
    } catch (error) {
      setStage({ at: 'stopped', target, total, progress, problem: problemOf(error) })
    }
    refreshNow()
  }

  function stop() {
    stopping.current = true
    setStage((old) => (old.at === 'running' ? { ...old, stopping: true } : old))
  }
  return { stage, start, stop }
}

async function count(
  filter: Filter,
  group: ErrorGroup | undefined,
  found: (count: number) => void,
  signal: AbortSignal,
): Promise<{ target: Target; total: number }> {
  const until = filter.until ?? new Date(now()).toISOString()
  const ended = { ...filter, until }
  if (group) {
    const ids = await idsOf(ended, group, found, signal)
    return { target: { kind: 'ids', ids }, total: ids.length }
  }
  const { matched } = await api.redrive({ ...ended, dryRun: true })
  return { target: { kind: 'filter', filter: ended }, total: matched }
}
