import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { type Problem, problemOf } from '../api/problem.ts'
import { refreshNow } from '../live/poll.ts'
import { say } from './announce.tsx'
import { Dialog } from './dialog.tsx'
import { ProblemNote } from './note.tsx'

interface Props {
  readonly title: string
  readonly children: ComponentChildren
  /** What the button says: a verb. */
  readonly verb: string
  readonly act: () => Promise<unknown>
  /** Said when it is done. */
  readonly done: string
  readonly onClose: () => void
}

/** Asks once before something is done, does it, and says how it went. */
export function Confirm({ title, children, verb, act, done, onClose }: Props) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  async function run() {
    setBusy(true)
    setProblem(undefined)
    try {
      await act()
      say(done)
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
    refreshNow()
  }
  return (
    <Dialog title={title} onClose={onClose} busy={busy}>
      {children}
      {problem && <ProblemNote problem={problem} />}
      <div class="dialog-actions">
        <button type="button" onClick={onClose} disabled={busy}>
          Leave it
        </button>
        <button type="button" class="primary" onClick={run} disabled={busy}>
          {busy ? 'Working …' : verb}
        </button>
      </div>
    </Dialog>
  )
}
