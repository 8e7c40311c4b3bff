import { api } from '../../api/api.ts'
import { usePoll } from '../../live/poll.ts'
import { href } from '../../nav/place.ts'
import { Panel } from '../../parts/panel.tsx'
import { Shown } from '../../parts/shown.tsx'
import { GroupLine } from '../dead-letters/group-line.tsx'

const shown = 4

/** The most frequent errors among the dead. To count them the API reads them all, so it is not asked every two seconds. */
export function WhatIsDead() {
  const polled = usePoll('what-is-dead', (signal) => api.deadLetters({ limit: 1 }, signal), 10_000)
  return (
    <Panel title="Dead, by error" actions={<a href={href(['dead-letters'])}>All dead letters →</a>}>
      <Shown polled={polled}>
        {({ groups }) => (
          <ul class="groups">
            {groups.slice(0, shown).map((group) => (
              <GroupLine key={group.type + group.error} group={group} most={groups[0]?.count ?? 1} />
            ))}
            {groups.length > shown && <li class="muted more">… and {groups.length - shown} more kinds of error</li>}
          </ul>
        )}
      </Shown>
    </Panel>
  )
}
