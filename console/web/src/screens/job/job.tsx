import { api } from '../../api/api.ts'
import { Empty } from '../../components/note.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { State } from '../../components/state.tsx'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { href } from '../../nav/route.ts'
import { JobActions } from './job-actions.tsx'
import { JobFacts } from './job-facts.tsx'
import { Payload } from './payload.tsx'
import { TimeLine } from './time-line.tsx'

/** All there is to know of one job. */
export function Job({ id }: { readonly id: string }) {
  const polled = usePoll(`job/${id}`, (signal) => api.job(id, signal))
  const { data: job, problem } = polled
  if (!job && problem?.status === 404) return <NoJob id={id} detail={problem.detail} />
  return (
    <Screen
      title={job?.type ?? 'Job'}
      aside={job && <State of={job.status} />}
      actions={job && <JobActions job={job} />}
    >
      <Shown polled={polled}>
        {(job) => (
          <div class="job">
            <JobFacts job={job} />
            <Panel title="Time line">
              <TimeLine job={job} />
            </Panel>
            {job.result !== undefined && (
              <Panel title="Result" about="what the job returned">
                <Payload value={job.result} />
              </Panel>
            )}
            <Panel title="Payload" about="fields that its type declares secret are hidden">
              <Payload value={job.payload} />
            </Panel>
          </div>
        )}
      </Shown>
    </Screen>
  )
}

function NoJob({ id, detail }: { readonly id: string; readonly detail: string }) {
  return (
    <Screen title="No such job">
      <Empty title={detail}>
        <p>
          Looked for <code>{id}</code>. See that the whole id was copied, with its group in front if it has one (
          <code>group~0198…</code>). Failing jobs are in <a href={href(['jobs'])}>the list</a>.
        </p>
      </Empty>
    </Screen>
  )
}
