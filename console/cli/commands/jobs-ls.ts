import { type Job, jobList } from '../../../functions/api/routes/jobs/schemas.ts'
import { type Range, rangeOf } from '../options.ts'
import { more } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short } from '../time.ts'

interface ListOptions extends Range {
  readonly record?: string
  readonly status?: string
  readonly limit?: string
  readonly cursor?: string
}

export const listJobs: Action<ListOptions> = async ({ options, ports, api }) => {
  const { record, status, limit, cursor } = options
  const query = { record, status, ...rangeOf(options, ports.now()), limit, cursor }
  const client = await api()
  const page = await client.get(jobList, '/jobs', query)
  return {
    json: page,
    text: (paint, columns) =>
      page.jobs.length === 0
        ? record
          ? `${record} has no jobs, or they ended more than 30 days ago.`
          : `No job ${options.status ? `is ${options.status}` : 'is failing'}${options.type || options.since || options.until ? ' that matches' : ''}.`
        : table(heads, page.jobs.map(row), paint, columns, statusStyle) + more(page.next, client),
  }
}

const heads = ['ID', 'TYPE', 'LANE', 'STATUS', 'ATTEMPTS', 'CREATED', 'LAST ERROR']

function row({ id, type, lane, status, attempts, maxAttempts, createdAt, lastError }: Job) {
  return [id, type, lane, status, `${attempts} of ${maxAttempts}`, short(createdAt), lastError]
}
