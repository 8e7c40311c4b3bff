import { type JobDetail, jobDetail } from '../../../functions/api/routes/jobs/schemas.ts'
import { command, jsonText, type Paint, plain } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short } from '../time.ts'
import { jobPath } from './job-actions.ts'

export const getJob: Action = async ({ args: [id = ''], api }) => {
  const client = await api()
  const job = await client.get(jobDetail, jobPath(id))
  const next = job.status === 'dead' ? `\n\nRun it again: ${command(`jobs replay ${id}`, client)}` : ''
  return { json: job, text: (paint, columns) => view(job, paint, columns) + next }
}

const labels = [
  'id',
  'type',
  'status',
  'lane',
  'group',
  'tenant',
  'batch',
  'createdAt',
  'runAt',
  'startedAt',
  'finishedAt',
  'traceparent',
  'replayOf',
  'replayedAs',
  'nextAttemptAt',
  'lastError',
] as const satisfies (keyof JobDetail)[]

export function view(job: JobDetail, paint: Paint, columns: number): string {
  const lines = labels
    .filter((name) => job[name] !== undefined)
    .map((name) => `${label(name, paint)}${value(name, String(job[name]), paint)}`)
  const wait = waitOf(job)
  const progress = [job.progress?.percent?.toFixed(0).concat(' %'), job.progress?.message].filter(Boolean).join(', ')
  const leads = Object.entries(job.links ?? {}).map(([name, link]) => `${label(name, paint)}${plain(link ?? '')}`)
  const attempts = `${label('attempts', paint)}${job.attempts} of ${job.maxAttempts}`
  const failures = job.failures?.map(({ attempt, at, error }) => [attempt, short(at), error])
  return [
    ...lines,
    ...(wait ? [`${label('waitingFor', paint)}${plain(wait)}`] : []),
    attempts,
    json('payload', job.payload, paint),
    ...(progress ? [`${label('progress', paint)}${plain(progress)}`] : []),
    ...(job.result === undefined ? [] : [json('result', job.result, paint)]),
    ...leads,
    ...(failures?.length ? ['', table(['ATTEMPT', 'FAILED', 'ERROR'], failures, paint, columns)] : []),
  ].join('\n')
}

/** What the job waits for, in words: `group: job order-7~0198… comes first`. */
function waitOf({ waitingFor, waitingOn = {} }: JobDetail): string | undefined {
  const { lane, pausedBy, pausedAt, job, limit } = waitingOn
  switch (waitingFor) {
    case 'paused-lane':
      return `${waitingFor}: ${lane}, paused by ${pausedBy} at ${short(pausedAt ?? '')}`
    case 'group':
      return `${waitingFor}: job ${job} comes first`
    case 'rate-limit':
      return limit
        ? `${waitingFor}: ${limit.limit} in ${limit.perSeconds} s${limit.key ? ` for ${limit.key}` : ''}`
        : waitingFor
    default:
      return waitingFor
  }
}

function json(name: string, value: unknown, paint: Paint): string {
  return `${label(name, paint)}${jsonText(value, 2).replaceAll('\n', `\n${' '.repeat(14)}`)}`
}

export function label(name: string, paint: Paint): string {
  return paint('bold', name.padEnd(14))
}

function value(name: string, text: string, paint: Paint): string {
  const style = name === 'status' ? statusStyle('STATUS', text) : undefined
  const shown = plain(name.endsWith('At') ? (short(text) ?? '') : text)
  return style ? paint(style, shown) : shown
}
