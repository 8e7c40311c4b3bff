import { useEffect } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { listedStatuses } from '../../api/listed-statuses.ts'
import type { JobsQuery } from '../../api/types.ts'
import { FilterBar, readFilter } from '../../components/filter.tsx'
import { Empty } from '../../components/note.tsx'
import { Pager, usePages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { seeTypes } from '../../components/types-seen.ts'
import { count, many } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStats } from '../../live/stats.ts'
import { useStore } from '../../live/store.ts'
import { narrow, route } from '../../nav/route.ts'
import { JobTable } from './job-table.tsx'

const pageSize = 50

export function FailingJobs() {
  const { query } = useStore(route)
  const filter = readFilter(query)
  // Of the URL, where a person may have written anything: the API refuses what it does not know.
  const status = (query.get('status') ?? undefined) as JobsQuery['status']
  const key = `jobs?${query}`
  const pages = usePages(key)
  const polled = usePoll(`${key}#${pages.cursor ?? ''}`, (signal) =>
    api.jobs({ ...filter, status, limit: pageSize, cursor: pages.cursor }, signal),
  )
  useEffect(() => seeTypes(polled.data?.jobs ?? []), [polled.data])
  const from = pages.number * pageSize
  return (
    <Screen title="Jobs" aside={<Totals />}>
      <FilterBar filter={filter} when="Failing" onChange={(next) => narrow({ ...next, status })}>
        <label>
          State
          <select
            value={status ?? ''}
            onChange={({ currentTarget: { value } }) => narrow({ ...filter, status: value })}
          >
            <option value="">{listedStatuses.join(', ')}</option>
            {listedStatuses.map((listed) => (
              <option key={listed} value={listed}>
                {listed}
              </option>
            ))}
          </select>
        </label>
      </FilterBar>
      <Panel title="Failing jobs" about="failing longest first">
        <Shown polled={polled}>
          {({ jobs, next }) =>
            jobs.length === 0 && pages.number === 0 ? (
              <NoJobs filtered={query.size > 0} />
            ) : (
              <>
                <JobTable jobs={jobs} />
                <Pager
                  pages={pages}
                  next={next}
                  shown={`${count(from + Math.min(1, jobs.length))}–${count(from + jobs.length)}`}
                />
              </>
            )
          }
        </Shown>
      </Panel>
    </Screen>
  )
}

function Totals() {
  const { data } = useStats()
  if (!data) return null
  return (
    <span class="muted">
      {many(data.jobs.retrying, 'job')} retrying, {count(data.jobs.dead)} dead
    </span>
  )
}

function NoJobs({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <Empty title="No failing job matches this filter.">
      <p>Take something out of the filter, or clear it.</p>
    </Empty>
  ) : (
    <Empty title="No job is retrying or dead.">
      <p>
        Healthy jobs are in no list: that would cost a write for each. Press <kbd>/</kbd> and find one by its id, or all
        of a record by <code>order/…</code>.
      </p>
    </Empty>
  )
}
