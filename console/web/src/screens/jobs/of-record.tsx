import { api } from '../../api/api.ts'
import { Copyable } from '../../components/copy.tsx'
import { Empty } from '../../components/note.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { href } from '../../nav/route.ts'
import { JobTable } from './job-table.tsx'

/** All jobs that were written together with a record, whatever state they are in. */
export function JobsOfRecord({ record }: { readonly record: string }) {
  const polled = usePoll(`jobs-of/${record}`, (signal) => api.jobsOf(record, signal))
  if (!polled.data && polled.problem?.status === 404) return <NoRecord record={record} detail={polled.problem.detail} />
  return (
    <Screen title="Jobs of a record" aside={<Copyable text={record} what="record" />} actions={<AllJobsLink />}>
      <Panel title="Jobs" about="written in one transaction with the record">
        <Shown polled={polled}>
          {({ jobs }) =>
            jobs.length > 0 ? (
              <JobTable jobs={jobs} />
            ) : (
              <Empty title="This record has no job any more.">
                <p>A job is kept for 30 days after its end.</p>
              </Empty>
            )
          }
        </Shown>
      </Panel>
    </Screen>
  )
}

function AllJobsLink() {
  return <a href={href(['jobs'])}>All jobs</a>
}

function NoRecord({ record, detail }: { readonly record: string; readonly detail: string }) {
  return (
    <Screen title="No such record" actions={<AllJobsLink />}>
      <Empty title={detail}>
        <p>
          Looked for <code>{record}</code>. A record is named by its kind and its id, <code>order/0198…</code> or{' '}
          <code>user/0198…</code>; see that the whole id was copied.
        </p>
      </Empty>
    </Screen>
  )
}
