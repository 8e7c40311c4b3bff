import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { DeadLetter, DeadLetterFilter, ErrorGroup } from '../../api/types.ts'
import { Confirm } from '../../components/confirm.tsx'
import { FilterBar, readFilter } from '../../components/filter.tsx'
import { usePages } from '../../components/pages.tsx'
import { Shown } from '../../components/shown.tsx'
import { seeTypes } from '../../components/types-seen.ts'
import { count } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStore } from '../../live/store.ts'
import { narrow, route } from '../../nav/route.ts'
import { DeadLetterList } from './dead-letter-list.tsx'
import { GroupList } from './group-list.tsx'
import { type ErrorKey, loadDeadLetters } from './load-dead-letters.ts'
import { NoDeadLetters } from './no-dead-letters.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'

/** Jobs that failed permanently: why, how many, and how to bring them back. */
export function DeadLetters() {
  const { query } = useStore(route)
  const filter = readFilter(query)
  const wanted = readError(query)
  const key = `dead-letters?${query}`
  const pages = usePages(key)
  const polled = usePoll(`${key}#${pages.cursor ?? ''}`, (signal) =>
    loadDeadLetters(filter, wanted, pages.cursor, signal),
  )
  const groups = polled.data?.groups ?? []
  const chosen = groups.find((group) => group.type === wanted?.type && group.error === wanted.error)
  const all = groups.reduce((sum, group) => sum + group.count, 0)
  const total = wanted ? (chosen?.count ?? 0) : all
  const [redriving, setRedriving] = useState<DeadLetterFilter>()
  const [replaying, setReplaying] = useState<DeadLetter>()
  useEffect(() => seeTypes(groups), [polled.data])

  const choose = (group: ErrorGroup | undefined) => narrow({ ...filter, errorOf: group?.type, error: group?.error })
  const redrive = (group: ErrorGroup | undefined) =>
    setRedriving(group ? { ...filter, type: group.type, error: group.error } : filter)
  return (
    <Screen
      title="Dead letters"
      aside={
        polled.data && (
          <span class="muted">
            {polled.data.groupsComplete === false && 'more than '}
            {count(total)}
            {query.size > 0 && ' that match'}
          </span>
        )
      }
      actions={
        total > 0 && (
          <button type="button" onClick={() => redrive(chosen)}>
            Redrive all {polled.data?.groupsComplete === false ? '' : `${count(total)} `}that match …
          </button>
        )
      }
    >
      <FilterBar filter={filter} when="Died" onChange={narrow} />
      <Shown polled={polled}>
        {(data) =>
          all === 0 ? (
            <NoDeadLetters filtered={query.size > 0} />
          ) : (
            <>
              <GroupList
                groups={groups}
                complete={data.groupsComplete !== false}
                chosen={chosen}
                onChoose={choose}
                onRedrive={redrive}
              />
              <DeadLetterList data={data} pages={pages} total={total} wanted={wanted} onReplay={setReplaying} />
            </>
          )
        }
      </Shown>
      {redriving && <RedriveDialog filter={redriving} onClose={() => setRedriving(undefined)} />}
      {replaying && <Replay deadLetter={replaying} onClose={() => setReplaying(undefined)} />}
    </Screen>
  )
}

function readError(query: URLSearchParams): ErrorKey | undefined {
  const [type, error] = [query.get('errorOf'), query.get('error')]
  return type === null ? undefined : { type, error: error ?? '' }
}

function Replay({ deadLetter, onClose }: { readonly deadLetter: DeadLetter; readonly onClose: () => void }) {
  return (
    <Confirm
      title={`Replay this ${deadLetter.type}?`}
      verb="Replay"
      act={() => api.replay(deadLetter.id)}
      done="The job is on its lane again."
      onClose={onClose}
    >
      <p>It goes to its lane again with a fresh budget of attempts. It died of:</p>
      <pre class="error-text">{deadLetter.error}</pre>
    </Confirm>
  )
}
