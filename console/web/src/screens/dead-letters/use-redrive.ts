import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { type Problem, problemOf } from '../../api/problem.ts'
import type { DeadLetterFilter } from '../../api/types.ts'
import { now } from '../../live/clock.ts'
import { refreshNow } from '../../live/poll.ts'
import { redriveAll, type Target } from './redrive.ts'

/** How far a bulk redrive is. */
export type Stage =
  | { readonly at: 'counting' }
  | { readonly at: 'refused'; readonly problem: Problem }
  | { readonly at: 'asking'; readonly target: Target; readonly total: number }
  | (Running & { readonly at: 'running'; readonly stopping: boolean })
  | (Running & { readonly at: 'stopped' | 'done'; readonly problem?: Problem })

interface Running {
  readonly target: Target
  readonly total: number
  readonly moved: number
}

/** Counts what a filter matches, then waits for `start`; `stop` ends it after the call that is under way. */
export function useRedrive(filter: DeadLetterFilter) {
  const [stage, setStage] = useState<Stage>({ at: 'counting' })
  const stopping = useRef(false)

  // What it is about stays the same while the dialog is open.
  useEffect(() => {
    let closed = false
    const tell = (stage: Stage) => closed || setStage(stage)
    count(filter).then(
      (counted) => tell({ at: 'asking', ...counted }),
      (error) => tell({ at: 'refused', problem: problemOf(error) }),
    )
    return () => {
      closed = true
      stopping.current = true
    }
  }, [])

  async function start(target: Target, total: number, from = 0) {
    stopping.current = false
    let moved = from
    setStage({ at: 'running', target, total, moved, stopping: false })
    const tell = (now: number) => {
      moved = now
      setStage({ at: 'running', target, total, moved, stopping: stopping.current })
    }
    try {
      const end = await redriveAll(target, from, tell, () => stopping.current)
      const problem = end === 'idle' ? { problem: movedNothing } : {}
      setStage({ at: end === 'complete' ? 'done' : 'stopped', target, total, moved, ...problem })
    } catch (error) {
      setStage({ at: 'stopped', target, total, moved, problem: problemOf(error) })
    }
    refreshNow()
  }

  function stop() {
    stopping.current = true
    setStage((old) => (old.at === 'running' ? { ...old, stopping: true } : old))
  }
  return { stage, start, stop }
}

const movedNothing: Problem = {
  status: 0,
  title: 'The redrive is not complete',
  detail: 'The last calls moved nothing. Go on now, or try again later.',
}

async function count(filter: DeadLetterFilter): Promise<{ target: Target; total: number }> {
  const target = { ...filter, until: filter.until ?? new Date(now()).toISOString() }
  const { matched } = await api.redrive({ ...target, dryRun: true })
  return { target, total: matched }
}
