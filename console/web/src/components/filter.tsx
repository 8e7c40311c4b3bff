import type { ComponentChildren } from 'preact'
import type { FailingFilter } from '../api/types.ts'
import { now } from '../live/clock.ts'
import { route } from '../nav/route.ts'
import { knownTypes } from './types-seen.ts'

/** The filter that is in the URL. */
export function readFilter(query: URLSearchParams): FailingFilter {
  const entries = ['type', 'since', 'until'].map((name) => [name, query.get(name)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value))
}

interface Props {
  readonly filter: FailingFilter
  readonly onChange: (filter: FailingFilter) => void
  /** @default - clears type and times */
  readonly onClear?: () => void
  /** What the times are of: `Died`. */
  readonly when: string
  readonly children?: ComponentChildren
}

const spans = [
  ['1 h', 3_600_000],
  ['24 h', 86_400_000],
  ['7 days', 604_800_000],
] as const

/** Narrows a list to a type and a time. */
export function FilterBar({ filter, onChange, onClear, when, children }: Props) {
  const active = route.get().query.size > 0
  return (
    <details class="filter-box" open={active || matchMedia('(min-width: 801px)').matches}>
      <summary>Filter</summary>
      <form class="filter" aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
        {children}
        <label>
          Type
          <input
            list="types"
            value={filter.type ?? ''}
            placeholder="any"
            autoComplete="off"
            onChange={({ currentTarget: { value } }) => onChange({ ...filter, type: value.trim() || undefined })}
          />
          <datalist id="types">
            {knownTypes().map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </label>
        <When label={`${when} from`} value={filter.since} onChange={(since) => onChange({ ...filter, since })} />
        <When label={`${when} until`} value={filter.until} onChange={(until) => onChange({ ...filter, until })} />
        <span class="spans">
          {spans.map(([name, ms]) => (
            <button
              key={name}
              type="button"
              onClick={() => onChange({ ...filter, since: new Date(now() - ms).toISOString(), until: undefined })}
            >
              <span class="visually-hidden">The last </span>
              {name}
            </button>
          ))}
          <button
            type="button"
            disabled={!active}
            onClick={onClear ?? (() => onChange({ type: undefined, since: undefined, until: undefined }))}
          >
            Clear
          </button>
        </span>
      </form>
    </details>
  )
}

interface WhenProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

function When({ label, value, onChange }: WhenProps) {
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        step="1"
        value={value ? localInput(value) : ''}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value ? new Date(currentTarget.value).toISOString() : undefined)
        }
      />
    </label>
  )
}

/** As `datetime-local` wants it: local time, without a zone. */
function localInput(value: string): string {
  const at = new Date(value)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
