import type { ComponentChildren } from 'preact'
import type { Job } from '../../api/types.ts'
import { Copyable } from '../../parts/copy.tsx'

export function JobFacts({ job }: { readonly job: Job }) {
  const trace = traceOf(job.traceparent)
  return (
    <dl class="facts">
      <Fact name="Id">
        <Copyable text={job.id} what="id" />
      </Fact>
      <Fact name="Lane">{job.lane}</Fact>
      <Fact name="Attempts">
        {job.attempts} of {job.maxAttempts}
      </Fact>
      {job.group && (
        <Fact name="Group">
          <code>{job.group}</code>
        </Fact>
      )}
      {job.tenant && (
        <Fact name="Tenant">
          <code>{job.tenant}</code>
        </Fact>
      )}
      {trace && (
        <Fact name="Trace">
          <Copyable text={trace} what="trace id" />
        </Fact>
      )}
      <Fact name="Its log lines, in Logs Insights">
        <Copyable text={`filter job = "${job.id}" | sort @timestamp`} what="query" />
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** The trace id of a W3C `traceparent`. */
function traceOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}
