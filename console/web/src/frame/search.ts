import { listedStatuses } from '../api/listed-statuses.ts'

interface Target {
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
}

/**
 * Where a search leads: `order/0198…` to the jobs of that record, `dead` to the jobs in that state, `send-receipt` to those
 * failing of that type, and all else to the job with that id. An address that was copied whole is understood, too.
 */
export function targetOf(text: string): Target | undefined {
  const wanted = text.trim().replace(/^https?:\/\/[^/]+/, '')
  if (!wanted) return undefined
  const [, kind = '', id = ''] = /^\/?([a-z][a-z-]*)\/([^/?#]+)$/.exec(wanted) ?? []
  if (kind === 'jobs' || kind === 'job') return { path: ['jobs', id] }
  if (kind) return { path: ['jobs'], query: { record: `${singular(kind)}/${id}` } }
  if (listedStatuses.some((status) => status === wanted)) return { path: ['jobs'], query: { status: wanted } }
  if (isType(wanted)) return { path: ['jobs'], query: { type: wanted } }
  return { path: ['jobs', wanted] }
}

/** As in a path of the API: `/orders/…` is `order/…`. */
function singular(kind: string): string {
  return kind.replace(/s$/, '')
}

/** Types are words with hyphens; an id has digits, and a hyphen at its ninth place. */
function isType(text: string): boolean {
  return /^[a-z]+(-[a-z]+)+$/.test(text)
}
