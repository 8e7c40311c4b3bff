import type { DeadLetterFilter } from '../../api/types.ts'
import { Dialog } from '../../components/dialog.tsx'
import { ProblemNote } from '../../components/note.tsx'
import { Progress } from '../../components/progress.tsx'
import { AskRedrive } from './ask-redrive.tsx'
import { RedriveEnd } from './redrive-end.tsx'
import { useRedrive } from './use-redrive.ts'

interface Props {
  readonly filter: DeadLetterFilter
  readonly onClose: () => void
}

/** Count → confirm → progress → how it ended. */
export function RedriveDialog({ filter, onClose }: Props) {
  const { stage, start, stop } = useRedrive(filter)
  return (
    <Dialog title="Redrive dead letters" onClose={onClose} busy={stage.at === 'running'}>
      {stage.at === 'counting' && <p>Counting what matches …</p>}
      {stage.at === 'refused' && <ProblemNote problem={stage.problem} />}
      {stage.at === 'asking' && (
        <AskRedrive
          filter={filter}
          total={stage.total}
          onCancel={onClose}
          onConfirm={() => start(stage.target, stage.total)}
        />
      )}
      {stage.at === 'running' && (
        <>
          <p>Sending them to their lanes again. Keep this page open; to stop does no harm.</p>
          <Progress label="Redriven" value={stage.moved} max={stage.total} />
          <div class="dialog-actions">
            <button type="button" onClick={stop} disabled={stage.stopping}>
              {stage.stopping ? 'Stopping after this call …' : 'Stop'}
            </button>
          </div>
        </>
      )}
      {(stage.at === 'done' || stage.at === 'stopped') && (
        <RedriveEnd stage={stage} onGoOn={() => start(stage.target, stage.total, stage.moved)} onClose={onClose} />
      )}
      {(stage.at === 'counting' || stage.at === 'refused') && (
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
        </div>
      )}
    </Dialog>
  )
}
