import { api } from '../../api/api.ts'
import { many } from '../../components/words.ts'
import { usePoll } from '../../live/poll.ts'
import { href } from '../../nav/route.ts'
import { GroupLine } from '../dead-letters/group-line.tsx'

const shown = 3

/** The most frequent errors among the dead. To count them the API reads them all, so it is not asked every two seconds. */
export function WhatIsDead() {
  const { data } = usePoll('what-is-dead', (signal) => api.deadLetters({ limit: 1 }, signal), 10_000)
  if (!data || data.groups.length === 0) return null
  const more = data.groups.length - shown
  return (
    <ul class="causes">
      {data.groups.slice(0, shown).map((group) => (
        <GroupLine key={group.type + group.error} group={group} most={data.groups[0]?.count ?? 1} />
      ))}
      {more > 0 && (
        <li class="more">
          <a href={href(['dead-letters'])}>{many(more, 'more kind')} of error</a>
        </li>
      )}
    </ul>
  )
}
