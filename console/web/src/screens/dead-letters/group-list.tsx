import type { ErrorGroup } from '../../api/types.ts'
import { Panel } from '../../components/panel.tsx'
import { count, noError } from '../../components/words.ts'
import { Share } from './group-line.tsx'

interface Props {
  readonly groups: readonly ErrorGroup[]
  /** Whether every dead letter was counted. */
  readonly complete: boolean
  readonly chosen: ErrorGroup | undefined
  readonly onChoose: (group: ErrorGroup | undefined) => void
  readonly onRedrive: (group: ErrorGroup) => void
}

/** More groups than this would hide the dead letters below; the rest opens on demand. */
const shown = 12

/** The dead, grouped by what they died of. Choosing a group narrows the dead letters below to it. */
export function GroupList({ groups, complete, chosen, onChoose, onRedrive }: Props) {
  const most = groups[0]?.count ?? 1
  const line = (group: ErrorGroup) => (
    <GroupRow
      key={`${group.type} ${group.error}`}
      group={group}
      most={most}
      chosen={group === chosen}
      onChoose={() => onChoose(group === chosen ? undefined : group)}
      onRedrive={() => onRedrive(group)}
    />
  )
  return (
    <Panel
      title="By error"
      about={
        complete
          ? 'choose one to see its dead letters'
          : 'the oldest dead letters only: there are too many to count them all'
      }
    >
      <ul class="groups">{groups.slice(0, shown).map(line)}</ul>
      {groups.length > shown && (
        <details class="more-groups">
          <summary>{count(groups.length - shown)} more kinds of error</summary>
          <ul class="groups">{groups.slice(shown).map(line)}</ul>
        </details>
      )}
    </Panel>
  )
}

interface RowProps {
  readonly group: ErrorGroup
  readonly most: number
  readonly chosen: boolean
  readonly onChoose: () => void
  readonly onRedrive: () => void
}

function GroupRow({ group: { type, error, count: number }, most, chosen, onChoose, onRedrive }: RowProps) {
  return (
    <li class="group">
      <button type="button" class="group-link" aria-pressed={chosen} onClick={onChoose}>
        <Share value={number / most} />
        <b class="group-count">{count(number)}</b>
        <span class="group-what">
          <span class="group-type">{type}</span>
          <span class="group-error">{error || noError}</span>
        </span>
      </button>
      <button type="button" onClick={onRedrive}>
        Redrive {count(number)} …
        <span class="visually-hidden">
          {' '}
          {type}: {error}
        </span>
      </button>
    </li>
  )
}
