import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { JobDetail } from '../../api/types.ts'
import { Confirm } from '../../components/confirm.tsx'
import { EditDialog } from './edit-dialog.tsx'

/** Cancel a job that has not started, replay one that ended badly. */
export function JobActions({ job }: { readonly job: JobDetail }) {
  const { id, type, status } = job
  const [asking, setAsking] = useState<'cancel' | 'replay' | 'edit'>()
  const close = () => setAsking(undefined)
  const canCancel = status === 'scheduled' || status === 'pending'
  const canReplay = (status === 'dead' || status === 'cancelled') && job.replayedAs === undefined
  return (
    <>
      {canCancel && (
        <button type="button" onClick={() => setAsking('cancel')}>
          Cancel job …
        </button>
      )}
      {canReplay && (
        <button type="button" onClick={() => setAsking('replay')}>
          Replay …
        </button>
      )}
      {canReplay && !job.payloadExpired && (
        <button type="button" onClick={() => setAsking('edit')}>
          Edit payload …
        </button>
      )}
      {asking === 'edit' && <EditDialog job={job} onClose={close} />}
      {asking === 'cancel' && (
        <Confirm
          title={`Cancel this ${type}?`}
          verb="Cancel the job"
          act={() => api.cancel(id)}
          done="The job is cancelled."
          onClose={close}
        >
          <p>It will not run. If an attempt starts before the cancellation arrives, the job runs and you are told.</p>
        </Confirm>
      )}
      {asking === 'replay' && (
        <Confirm
          title={`Replay this ${type}?`}
          verb="Replay"
          act={() => api.replay(id)}
          done="The job is on its lane again."
          onClose={close}
        >
          <p>
            It goes to its lane again with a fresh budget of attempts. If its cause is not fixed, it will die again.
          </p>
        </Confirm>
      )}
    </>
  )
}
