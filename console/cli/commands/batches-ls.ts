import { type Batch, batchList } from '../../../functions/api/routes/batches/schemas.ts'
import { more } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short } from '../time.ts'

interface ListOptions {
  readonly status?: string
  readonly limit?: string
  readonly cursor?: string
}

export const listBatches: Action<ListOptions> = async ({ options: { status, limit, cursor }, api }) => {
  const client = await api()
  const page = await client.get(batchList, '/batches', { status, limit, cursor })
  return {
    json: page,
    text: (paint, columns) =>
      (page.batches.length === 0
        ? `There is no batch${status ? ` that is ${status}` : ''}${page.next ? ' on this page' : ''}.`
        : table(heads, page.batches.map(row), paint, columns, statusStyle)) + more(page.next, client),
  }
}

const heads = ['ID', 'STATUS', 'PROGRESS', 'MEMBERS', 'SUCCEEDED', 'DEAD', 'CANCELLED', 'PENDING', 'CREATED']

function row(batch: Batch) {
  const { id, status, total, succeeded, dead, cancelled, pending, createdAt } = batch
  return [id, status, bar(batch, 12), total, succeeded, dead, cancelled, pending, short(createdAt)]
}

type Counts = Pick<Batch, 'total' | 'succeeded' | 'dead' | 'cancelled'>

/**
 * The members of a batch as a bar: `#` for those that succeeded, `x` dead, `-` cancelled, `.` pending. What has any members
 * has a sign, and is full only when all have ended.
 */
export function bar({ total, succeeded, dead, cancelled }: Counts, width: number): string {
  if (total === 0) return '.'.repeat(width)
  const signs = (count: number) => (count === 0 ? 0 : Math.max(1, Math.floor((count / total) * width)))
  const ended = succeeded + dead + cancelled
  const failed = 'x'.repeat(signs(dead)) + '-'.repeat(signs(cancelled))
  const filled = ended === total ? width : Math.min(width - 1, Math.max(signs(ended), failed.length))
  const done = Math.max(0, filled - failed.length)
  return ('#'.repeat(done) + failed).padEnd(width, '.').slice(0, width)
}
