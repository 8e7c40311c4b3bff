import { type Job, type Jobs, jobList } from '../../../functions/api/routes/jobs/schemas.ts'
import { type Range, rangeOf } from '../options.ts'
import { more } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short } from '../time.ts'

interface ListOptions extends Range {
  readonly record?: string
  readonly status?: string
  readonly lane?: string
  readonly id?: string
  readonly limit?: string
  readonly cursor?: string
}

export const listJobs: Action<ListOptions> = async ({ options, ports, api }) => {
  const { record, status, lane, id, limit, cursor } = options
  const query = { record, status, lane, id, ...rangeOf(options, ports.now()), limit, cursor }
  const client = await api()
  const page = await client.get(jobList, '/jobs', query)
  return {
    json: page,
    text: (paint, columns) =>
      (page.jobs.length === 0 ? none(options, page) : table(heads, page.jobs.map(row), paint, columns, statusStyle)) +
      more(page.next, client) +
      onlyThese(page),
  }
}

function none({ record, status, type, lane, id, since, until }: ListOptions, { next, statuses = [] }: Jobs): string {
  if (record) return `${record} has no jobs, or they ended more than 30 days ago.`
  if (next) return 'No job of this part of the list matches.'
  const matches = type || lane || id || since || until ? ' that matches' : ''
  const which = status ? `is ${status}` : statuses.length > 0 ? `is ${statuses.join(' or ')}` : 'is there'
  return `No job ${which}${matches}.`
}

function onlyThese({ statuses }: Jobs): string {
  return statuses
    ? `\n\nOnly ${statuses.join(' and ')} jobs are listed: this stage has no index of all jobs (jobIndex). Scheduled ones: --status scheduled`
    : ''
}

const heads = ['ID', 'TYPE', 'LANE', 'STATUS', 'ATTEMPTS', 'CREATED', 'LAST ERROR']

function row({ id, type, lane, status, attempts, maxAttempts, createdAt, lastError }: Job) {
  return [id, type, lane, status, `${attempts} of ${maxAttempts}`, short(createdAt), lastError]
}
