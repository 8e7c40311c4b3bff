import { type Members, memberList } from '../../../functions/api/routes/batches/schemas.ts'
import { jsonText, more } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { batchPath } from './batches-get.ts'

interface ListOptions {
  readonly status?: string
  readonly limit?: string
  readonly cursor?: string
}

export const listMembers: Action<ListOptions> = async ({ args: [id = ''], options, api }) => {
  const { status, limit, cursor } = options
  const client = await api()
  const page = await client.get(memberList, batchPath(id, 'jobs'), { status, limit, cursor })
  return {
    json: page,
    text: (paint, columns) =>
      (page.jobs.length === 0
        ? `This batch has no ${status ? `${status} ` : ''}members${page.next ? ' on this page' : ''}.`
        : table(heads, page.jobs.map(row), paint, columns, statusStyle)) + more(page.next, client),
  }
}

const heads = ['ID', 'TYPE', 'LANE', 'STATUS', 'ATTEMPTS', 'RESULT OR ERROR']

function row({ id, type, lane, status, attempts, maxAttempts, result, lastError }: Members['jobs'][number]) {
  const outcome = result === undefined ? lastError : jsonText(result)
  return [id, type, lane, status, `${attempts} of ${maxAttempts}`, outcome]
}
