import type { ComponentChildren } from 'preact'
import { isOutage } from '../api/problem.ts'
import type { Polled } from '../live/poll.ts'
import { Loading, ProblemNote } from './note.tsx'

interface Props<T> {
  readonly polled: Polled<T>
  readonly children: (data: T) => ComponentChildren
}

/** What was loaded; before that, that it is loading; and what is wrong. An outage is told once, above the screen. */
export function Shown<T>({ polled: { data, problem }, children }: Props<T>) {
  const told = problem && (data === undefined || !isOutage(problem))
  return (
    <>
      {told && <ProblemNote problem={problem} />}
      {data !== undefined ? children(data) : !problem && <Loading />}
    </>
  )
}
