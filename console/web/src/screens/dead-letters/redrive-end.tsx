import { Note, ProblemNote } from '../../components/note.tsx'
import { Progress } from '../../components/progress.tsx'
import { count, many } from '../../components/words.ts'
import type { Stage } from './use-redrive.ts'

interface Props {
  readonly stage: Extract<Stage, { readonly at: 'stopped' | 'done' }>
  readonly onGoOn: () => void
  readonly onClose: () => void
}

/** How it ended: all of them, some of them, or stopped half-way. */
export function RedriveEnd({ stage, onGoOn, onClose }: Props) {
  const { at, total, moved, problem } = stage
  const left = total - moved
  return (
    <>
      <Progress label="Redriven" value={moved} max={total} />
      {problem && <ProblemNote problem={problem} />}
      {at === 'done' && left <= 0 && (
        <Note tone="good">
          <p role="status">
            <strong>Done.</strong> {many(moved, 'job')} {moved === 1 ? 'is' : 'are'} on{' '}
            {moved === 1 ? 'its lane' : 'their lanes'} again.
          </p>
        </Note>
      )}
      {at === 'done' && left > 0 && (
        <Note tone="warn">
          <p role="status">
            <strong>
              {many(moved, 'job')} moved, {count(left)} not.
            </strong>{' '}
            Someone else may have redriven them, or they are older than the 30 days for which a job can be replayed.
            Look at what is still listed.
          </p>
        </Note>
      )}
      {at === 'stopped' && (
        <p role="status">
          Stopped: {count(moved)} moved, {count(left)} left as they were.
        </p>
      )}
      <div class="dialog-actions">
        {at === 'stopped' && (
          <button type="button" onClick={onGoOn}>
            Go on
          </button>
        )}
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </>
  )
}
