import { useEffect } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { Jobs } from '../../api/types.ts'
import { FilterBar } from '../../components/filter.tsx'
import { Empty, Note } from '../../components/note.tsx'
import { Pager, type Pages, usePages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { seeTypes } from '../../components/types-seen.ts'
import { count, many } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStats } from '../../live/stats.ts'
import { useStore } from '../../live/store.ts'
import { narrow, route } from '../../nav/route.ts'
import { type JobFilter, NarrowJobs, readJobFilter, timeOf } from './job-filter.tsx'
import { JobTable } from './job-table.tsx'

const pageSize = 50

export function JobList() {
  const { query } = useStore(route)
  const filter = readJobFilter(query)
  const key = `jobs?${query}`
  const pages = usePages(key)
  const polled = usePoll(`${key}#${pages.cursor ?? ''}`, (signal) =>
    api.jobs({ ...filter, limit: pageSize, cursor: pages.cursor }, signal),
  )
  useEffect(() => seeTypes(polled.data?.jobs ?? []), [polled.data])
  const { what, about } = timeOf(filter.status, polled.data)
  return (
    <Screen title="Jobs" aside={<Totals />}>
      <FilterBar
        filter={filter}
        when={what}
        onChange={(next) => narrow({ ...filter, ...next })}
        onClear={() => narrow({})}
      >
        <NarrowJobs filter={filter} onChange={(next) => narrow({ ...filter, ...next })} />
      </FilterBar>
      <Panel title="Jobs" about={about}>
        <Shown polled={polled}>
          {(page) => (
            <>
              {page.statuses && <OnlyThese />}
              <Page page={page} pages={pages} filter={filter} />
            </>
          )}
        </Shown>
      </Panel>
    </Screen>
  )
}

function Page({ page, pages, filter }: { readonly page: Jobs; readonly pages: Pages; readonly filter: JobFilter }) {
  const { jobs, next } = page
  const { from } = pages
  if (jobs.length === 0 && next === undefined && pages.number === 0)
    return <NoJobs statuses={page.statuses} filter={filter} />
  const shown = `${count(from + Math.min(1, jobs.length))}–${count(from + jobs.length)}`
  return (
    <>
      {jobs.length > 0 ? (
        <JobTable jobs={jobs} />
      ) : (
        <Empty title={next ? 'No job in this part of the list matches.' : 'Nothing more here.'}>
          {next && <p>The list goes on: look at the next part.</p>}
        </Empty>
      )}
      <Pager pages={pages} next={next} length={jobs.length} shown={shown} />
    </>
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

function OnlyThese() {
  return (
    <Note tone="quiet">
      <p>
        Only failing jobs are listed: this stage has no index of all jobs (setting <code>jobIndex</code>). Choose the
        state “scheduled” for the jobs that wait for their time.
      </p>
    </Note>
  )
}

function NoJobs({ statuses, filter }: { readonly statuses: Jobs['statuses']; readonly filter: JobFilter }) {
  if (Object.values(filter).some((value) => value !== undefined))
    return (
      <Empty title="No job matches this filter.">
        <p>Take something out of the filter, or clear it.</p>
      </Empty>
    )
  return (
    <Empty title={statuses ? 'No job is retrying or dead.' : 'There is no job.'}>
      <p>
        Press <kbd>/</kbd> and find a job by its id, or all of a record by <code>order/…</code>.
      </p>
    </Empty>
  )
}
