import type { JobDetail, JobStatus } from '../../api/types.ts'

/** One point of a job's life. */
export interface JobEvent {
  readonly state: JobStatus
  readonly title: string
  /** Absent when nobody wrote it down. */
  readonly at?: string
  readonly text?: string
  readonly error?: string
}

/** A job's life, oldest first, from what the API tells of it. */
export function eventsOf(job: JobDetail): JobEvent[] {
  const { record } = job
  const accepted: JobEvent = {
    state: 'pending',
    title: 'Accepted',
    at: job.createdAt,
    text: record
      ? `written to the outbox, in one transaction with ${record.kind}/${record.id}`
      : 'written to the outbox',
  }
  return [accepted, ...waiting(job), ...forwarded(job), ...attempts(job), ...(held(job) ?? ending(job))]
}

/** The relay writes nothing down: that an attempt started is the proof that it sent the job. */
function forwarded({ attempts, lane }: JobDetail): JobEvent[] {
  return attempts > 0 ? [{ state: 'pending', title: 'Forwarded', text: `by the relay, to the lane ${lane}` }] : []
}

function waiting({ runAt, status }: JobDetail): JobEvent[] {
  if (!runAt) return []
  return [{ state: 'scheduled', title: status === 'scheduled' ? 'Will start' : 'Was to start', at: runAt }]
}

function attempts(job: JobDetail): JobEvent[] {
  const failed = new Map((job.failures ?? []).map((failure) => [failure.attempt, failure]))
  const current = job.status === 'running' || job.status === 'succeeded' ? job.attempts : job.attempts + 1
  return Array.from({ length: job.attempts }, (_, i) => i + 1)
    .filter((attempt) => attempt < current || failed.has(attempt))
    .map((attempt) => {
      const failure = failed.get(attempt)
      const title = `Attempt ${attempt} failed`
      if (failure) return { state: 'retrying', title, at: failure.at, error: failure.error }
      return { state: 'retrying', title, text: 'It told no error: its process died, or it ran out of time.' }
    })
}

/** What a job waits for that could start otherwise. */
function held({ status, waitingFor, waitingOn = {}, nextAttemptAt }: JobDetail): JobEvent[] | undefined {
  const { lane, pausedBy, pausedAt, job, limit } = waitingOn
  const event = (title: string, text: string, at?: string) => [{ state: status, title, text, at }]
  switch (waitingFor) {
    case 'rate-limit':
      return event(
        `Waits for its rate limit${limit?.key ? ` of ${limit.key}` : ''}`,
        'It starts about then at the latest. Waiting uses up no attempt.',
        nextAttemptAt,
      )
    case 'paused-lane':
      return event('Waits for its lane', `${lane} is paused, by ${pausedBy}, since:`, pausedAt)
    case 'group':
      return event('Waits for its group', `Job ${job} comes first.`)
    default:
      return undefined
  }
}

function ending({
  status,
  attempts,
  startedAt,
  finishedAt,
  lastError,
  failures = [],
  nextAttemptAt,
  replayedAs,
}: JobDetail): JobEvent[] {
  switch (status) {
    case 'pending':
      return [{ state: 'pending', title: 'Waits', text: 'to be forwarded, or on its lane' }]
    case 'running':
      return [{ state: 'running', title: `Attempt ${attempts} runs`, at: startedAt }]
    case 'retrying':
      return [{ state: 'retrying', title: 'Will be retried automatically', at: nextAttemptAt }]
    case 'succeeded':
      return [{ state: 'succeeded', title: 'Succeeded', text: `in attempt ${attempts}`, at: finishedAt }]
    case 'cancelled':
      return replayedAs
        ? [{ state: 'cancelled', title: 'Replaced', text: `by job ${replayedAs}, with another payload` }]
        : [{ state: 'cancelled', title: 'Cancelled', text: 'before it started', at: finishedAt }]
    case 'dead': {
      // The last failure has its error already; kept whole, it is longer than the one of the attempt.
      const told = failures.at(-1)?.error === lastError
      const error = lastError && !told ? { error: lastError } : {}
      return [
        {
          state: 'dead',
          title: 'Dead',
          text: 'It is not tried again until someone replays it.',
          at: finishedAt,
          ...error,
        },
      ]
    }
    default:
      return []
  }
}
