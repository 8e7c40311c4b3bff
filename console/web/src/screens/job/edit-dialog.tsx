import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { ApiError } from '../../api/problem.ts'
import type { JobDetail } from '../../api/types.ts'
import { Confirm } from '../../components/confirm.tsx'
import { go } from '../../nav/route.ts'

/** Replays a job with another payload: as a new job, which is shown then. */
export function EditDialog({ job: { id, type, payload }, onClose }: { readonly job: JobDetail; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(payload, null, 2))
  // One key for all tries of this dialog: an answer that was lost does not make a second job.
  const [key] = useState(() => crypto.randomUUID())
  async function act() {
    const made = await api.replayEdited(id, parsed(text), key)
    go(['jobs', made.id])
  }
  return (
    <Confirm
      title={`Replay this ${type} with another payload?`}
      verb="Replay as a new job"
      act={act}
      done="The new job is on its way."
      onClose={onClose}
    >
      <label class="edit-payload">
        Payload, as JSON
        <textarea
          rows={14}
          spellcheck={false}
          autoComplete="off"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <p>
        A new job runs with this payload. This job is cancelled for good. Where <code>[redacted]</code> stays in its
        place, the hidden value stays as it is.
      </p>
    </Confirm>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ApiError({ status: 422, title: 'This is not JSON', detail: (error as Error).message })
  }
}
