import { api } from '../../api/api.ts'
import { memberStatuses } from '../../api/listed-statuses.ts'
import type { Members as MemberList, MembersQuery } from '../../api/types.ts'
import { Empty } from '../../components/note.tsx'
import { Pager, usePages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { State } from '../../components/state.tsx'
import { StatusFilter } from '../../components/status-filter.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStore } from '../../live/store.ts'
import { href, narrow, route } from '../../nav/route.ts'

const pageSize = 25

/** The members of a batch, in the order in which they were added. */
export function Members({ id }: { readonly id: string }) {
  const status = (useStore(route).query.get('members') ?? undefined) as MembersQuery['status']
  const key = `members/${id}?${status ?? ''}`
  const pages = usePages(key)
  const polled = usePoll(`${key}#${pages.cursor ?? ''}`, (signal) =>
    api.members(id, { status, limit: pageSize, cursor: pages.cursor }, signal),
  )
  return (
    <>
      <StatusFilter
        label="State"
        all="all"
        statuses={memberStatuses}
        status={status}
        onChange={(members) => narrow({ members })}
      />
      <Panel title="Members" about="in the order in which they were added">
        <Shown polled={polled}>
          {({ jobs, next }) => (
            <>
              {jobs.length > 0 ? (
                <MemberTable jobs={jobs} />
              ) : (
                <Empty title={status ? `No member is ${status}.` : 'This batch has no members here.'} />
              )}
              <Pager pages={pages} next={next} length={jobs.length} shown={`page ${pages.number + 1}`} />
            </>
          )}
        </Shown>
      </Panel>
    </>
  )
}

function MemberTable({ jobs }: Pick<MemberList, 'jobs'>) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Job</th>
          <th scope="col">Attempts</th>
          <th scope="col">Result, or last error</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map(({ id, type, status, attempts, maxAttempts, result, lastError }) => (
          <tr key={id}>
            <td>
              <State of={status} />
            </td>
            <td class="identity">
              <a href={href(['jobs', id])}>
                {type} <code>{id}</code>
              </a>
            </td>
            <td data-label="Attempts">
              {attempts} of {maxAttempts}
            </td>
            <td class="error">
              <span class="detail">{result === undefined ? lastError : JSON.stringify(result)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
