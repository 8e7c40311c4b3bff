import { api } from '../../api/api.ts'
import { batchStatuses } from '../../api/listed-statuses.ts'
import type { BatchesQuery } from '../../api/types.ts'
import { Empty } from '../../components/note.tsx'
import { Pager, usePages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { StatusFilter } from '../../components/status-filter.tsx'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStore } from '../../live/store.ts'
import { narrow, route } from '../../nav/route.ts'
import { BatchTable } from './batch-table.tsx'

const pageSize = 25
/** The counts of a big batch are 256 reads, so the list is loaded less often than one batch. ms. */
const every = 5_000

/** All batches, newest first. */
export function Batches() {
  const { query } = useStore(route)
  // Of the URL, where a person may have written anything: the API refuses what it does not know.
  const status = (query.get('status') ?? undefined) as BatchesQuery['status']
  const key = `batches?${query}`
  const pages = usePages(key)
  const polled = usePoll(
    `${key}#${pages.cursor ?? ''}`,
    (signal) => api.batches({ status, limit: pageSize, cursor: pages.cursor }, signal),
    every,
  )
  return (
    <Screen title="Batches">
      <StatusFilter
        label="State"
        all="all"
        statuses={batchStatuses}
        status={status}
        onChange={(next) => narrow({ status: next })}
      />
      <Panel title="Batches" about="newest first">
        <Shown polled={polled}>
          {({ batches, next }) => (
            <>
              {batches.length > 0 ? <BatchTable batches={batches} /> : <NoBatches status={status} />}
              <Pager pages={pages} next={next} length={batches.length} shown={`page ${pages.number + 1}`} />
            </>
          )}
        </Shown>
      </Panel>
    </Screen>
  )
}

function NoBatches({ status }: { readonly status: string | undefined }) {
  return status ? (
    <Empty title={`No batch here is ${status}.`}>
      <p>Choose another state.</p>
    </Empty>
  ) : (
    <Empty title="There are no batches.">
      <p>A batch is a set of jobs whose common end causes another job. One is kept for 60 days after its end.</p>
    </Empty>
  )
}
