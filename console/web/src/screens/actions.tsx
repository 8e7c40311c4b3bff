import { api } from '../api/api.ts'
import type { Action } from '../api/types.ts'
import { Screen } from '../frame/screen.tsx'
import { usePoll } from '../live/poll.ts'
import { Empty } from '../parts/note.tsx'
import { Pager, usePages } from '../parts/pages.tsx'
import { Panel } from '../parts/panel.tsx'
import { Shown } from '../parts/shown.tsx'
import { ExactTime } from '../parts/time.tsx'
import { count } from '../parts/words.ts'

const pageSize = 50

/** Who did what. */
export function Actions() {
  const pages = usePages('actions')
  const polled = usePoll(
    `actions#${pages.cursor ?? ''}`,
    (signal) => api.actions({ limit: pageSize, cursor: pages.cursor }, signal),
    5_000,
  )
  const from = pages.number * pageSize
  return (
    <Screen title="Actions">
      <Panel title="What operators did" about="the newest first">
        <Shown polled={polled}>
          {({ actions, next }) =>
            actions.length === 0 && pages.number === 0 ? (
              <Empty title="Nobody has done anything yet.">
                <p>Each redrive, replay, cancellation, pause and resume is written down here, whoever asked for it.</p>
              </Empty>
            ) : (
              <>
                <ActionTable actions={actions} />
                <Pager
                  pages={pages}
                  next={next}
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

function ActionTable({ actions }: { readonly actions: readonly Action[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Detail</th>
          <th scope="col">Who</th>
        </tr>
      </thead>
      <tbody>
        {actions.map(({ id, at, by, action, detail }) => (
          <tr key={id}>
            <td>
              <ExactTime at={at} />
            </td>
            <td class="identity">
              <strong>{action}</strong>
            </td>
            <td class="error" data-label="Detail">
              <code>{typeof detail === 'string' ? detail : JSON.stringify(detail)}</code>
            </td>
            <td data-label="Who">{by}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
