import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { Confirm } from '../../components/confirm.tsx'
import { Empty } from '../../components/note.tsx'
import { Pager, usePages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { count } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { ActionTable } from './action-table.tsx'

const pageSize = 50

/** Who did what. */
export function Actions() {
  const pages = usePages('actions')
  const polled = usePoll(
    `actions#${pages.cursor ?? ''}`,
    (signal) => api.actions({ limit: pageSize, cursor: pages.cursor }, signal),
    5_000,
  )
  const { from } = pages
  return (
    <Screen title="Actions" actions={<Reconcile />}>
      <Panel title="What operators did" about="the newest first">
        <Shown polled={polled}>
          {({ actions, next }) =>
            actions.length === 0 && pages.number === 0 ? (
              <Empty title="Nobody has done anything yet.">
                <p>
                  Each redrive, replay, cancellation, pause and resume is recorded here, with the person who asked for
                  it.
                </p>
              </Empty>
            ) : (
              <>
                <ActionTable actions={actions} />
                <Pager
                  pages={pages}
                  next={next}
                  length={actions.length}
                  shown={`${count(from + Math.min(1, actions.length))}–${count(from + actions.length)}`}
                />
              </>
            )
          }
        </Shown>
      </Panel>
    </Screen>
  )
}

function Reconcile() {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        Look for lost jobs …
      </button>
      {asking && (
        <Confirm
          title="Look for lost jobs now?"
          verb="Look now"
          act={api.reconcile}
          done="The reconciler is at work. What it finds runs within minutes."
          onClose={() => setAsking(false)}
        >
          <p>
            The reconciler reads the whole outbox for jobs that should have run and did not, and sends those again. It
            does so automatically every few hours; now is of use after a mapping was disabled or a queue was purged.
          </p>
        </Confirm>
      )}
    </>
  )
}
