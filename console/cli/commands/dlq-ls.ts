import { deadLetterList, type ErrorGroup } from '../../../functions/api/routes/dead-letters/schemas.ts'
import { type Range, rangeOf } from '../options.ts'
import type { Paint } from '../output.ts'
import { command, more, noError } from '../output.ts'
import type { Action } from '../session.ts'
import { table } from '../table.ts'
import { short } from '../time.ts'

interface ListOptions extends Range {
  readonly limit?: string
  readonly cursor?: string
}

export const listDeadLetters: Action<ListOptions> = async ({ options, ports, api }) => {
  const { limit, cursor } = options
  const client = await api()
  const json = await client.get(deadLetterList, '/dead-letters', { ...rangeOf(options, ports.now()), limit, cursor })
  const rows = json.deadLetters.map(({ id, type, lane, attempts, diedAt, error }) => [
    id,
    type,
    lane,
    attempts,
    short(diedAt),
    error || noError,
  ])
  return {
    json,
    text: (paint, columns) =>
      json.groups.length === 0
        ? paint('green', 'There are no dead jobs that match.')
        : [
            groupTable(json.groups, paint, columns) + uncounted(json.groupsComplete),
            table(['ID', 'TYPE', 'LANE', 'ATTEMPTS', 'DIED', 'ERROR'], rows, paint, columns) + more(json.next, client),
            `Fix the cause, then: ${command(`dlq redrive --type ${json.groups[0]?.type}`, client)}`,
          ].join('\n\n'),
  }
}

/** Said below groups that are not complete. */
export function uncounted(complete = true): string {
  return complete
    ? ''
    : '\nThere are so many dead jobs that not all were counted: there are more of these, and may be other groups.'
}

/** Largest first: that is where to begin. */
export function groupTable(groups: readonly ErrorGroup[], paint: Paint, columns: number): string {
  const rows = groups
    .toSorted((a, b) => b.count - a.count)
    .map(({ count, type, error }) => [count, type, error || noError])
  return table(['COUNT', 'TYPE', 'ERROR'], rows, paint, columns)
}
