import type { ComponentChildren } from 'preact'
import type { JobDetail } from '../../api/types.ts'
import { Copyable } from '../../components/copy.tsx'
import { Fact } from '../../components/fact.tsx'
import { href } from '../../nav/route.ts'

export function JobFacts({ job }: { readonly job: JobDetail }) {
  const trace = job.traceId ?? traceOf(job.traceparent)
  return (
    <dl class="facts">
      <Fact name="Id">
        <Copyable text={job.id} what="id" />
      </Fact>
      {job.record && (
        <Fact name="Record">
          <RecordLinks of={job.record} link={job.links?.record ?? `..${job.record.path}`} />
        </Fact>
      )}
      {job.batch && (
        <Fact name="Batch">
          <a href={href(['batches', job.batch])}>
            <code>{job.batch}</code>
          </a>
        </Fact>
      )}
      {job.replayOf && <JobFact name="Replay of" id={job.replayOf} />}
      {job.replayedAs && <JobFact name="Replayed as" id={job.replayedAs} />}
      <Fact name="Lane">{job.lane}</Fact>
      <Fact name="Attempts">
        {job.attempts} of {job.maxAttempts}
      </Fact>
      {job.progress && (
        <Fact name="Progress">
          <ProgressOf progress={job.progress} />
        </Fact>
      )}
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
          <Outside to={job.links?.trace}>Open in X-Ray</Outside>
        </Fact>
      )}
      <Fact name="Log lines">
        {job.links?.logs ? (
          <Outside to={job.links.logs}>Open in Logs Insights</Outside>
        ) : (
          <Copyable text={`filter job = "${job.id}" | sort @timestamp`} what="query for Logs Insights" />
        )}
      </Fact>
    </dl>
  )
}

function ProgressOf({ progress: { percent, message } }: { readonly progress: NonNullable<JobDetail['progress']> }) {
  const share = percent === undefined ? undefined : `${Math.round(percent)} %`
  return (
    <>
      {percent !== undefined && <progress max={100} value={percent} aria-label="Progress" />}
      {[share, message].filter(Boolean).join(', ')}
    </>
  )
}

/** A job that this one was made of, or that was made of it. */
function JobFact({ name, id }: { readonly name: string; readonly id: string }) {
  return (
    <Fact name={name}>
      <a href={href(['jobs', id])}>
        <code>{id}</code>
      </a>
    </Fact>
  )
}

function RecordLinks({ of: { kind, id }, link }: { of: NonNullable<JobDetail['record']>; link: string }) {
  return (
    <>
      <a href={href(['jobs'], { record: `${kind}/${id}` })}>
        <code>
          {kind}/{id}
        </code>
      </a>
      <Outside to={link}>Open the record</Outside>
    </>
  )
}

function Outside({ to, children }: { readonly to: string | undefined; readonly children: ComponentChildren }) {
  if (!to) return null
  return (
    <a class="outside" href={to} target="_blank" rel="noreferrer">
      {children}
    </a>
  )
}

/** The trace id of a W3C `traceparent`. */
function traceOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}
