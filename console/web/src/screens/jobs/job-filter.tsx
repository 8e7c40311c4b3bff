import { listedStatuses } from '../../api/listed-statuses.ts'
import type { Jobs, JobsQuery } from '../../api/types.ts'
import { readFilter } from '../../components/filter.tsx'
import { useStats } from '../../live/stats.ts'

export type JobFilter = Pick<JobsQuery, 'type' | 'since' | 'until' | 'status' | 'lane' | 'id'>

/** Of the URL, where a person may have written anything: the API refuses what it does not know. */
export function readJobFilter(query: URLSearchParams): JobFilter {
  const given = (name: string) => query.get(name) || undefined
  const status = given('status') as JobFilter['status']
  return { ...readFilter(query), status, lane: given('lane'), id: given('id') }
}

/** What the times of a list are of, and its order. */
export function timeOf(status: JobFilter['status'], page: Jobs | undefined) {
  if (status === 'scheduled') return { what: 'Starts', about: 'the latest start first' }
  const areFailing = status === 'retrying' || status === 'dead' || page?.statuses !== undefined
  return areFailing
    ? { what: 'Failing', about: 'those that failed last first' }
    : { what: 'Accepted', about: 'newest first' }
}

interface Props {
  readonly filter: JobFilter
  readonly onChange: (filter: JobFilter) => void
}

/** Narrows the list to a state, a lane and the beginning of an id. */
export function NarrowJobs({ filter: { status, lane, id }, onChange }: Props) {
  const lanes = useStats().data?.lanes.map(({ name }) => name) ?? []
  return (
    <>
      <Choice
        label="State"
        value={status}
        values={listedStatuses}
        onChange={(value) => onChange({ status: value as JobFilter['status'] })}
      />
      <Choice label="Lane" value={lane} values={lanes} onChange={(value) => onChange({ lane: value })} />
      <label>
        Id begins with
        <input
          value={id ?? ''}
          placeholder="any"
          autoComplete="off"
          onChange={({ currentTarget: { value } }) => onChange({ id: value.trim() || undefined })}
        />
      </label>
    </>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  readonly values: readonly string[]
  readonly onChange: (value: string | undefined) => void
}

function Choice({ label, value, values, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value ?? ''} onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}>
        <option value="">any</option>
        {[...new Set([...values, ...(value ? [value] : [])])].map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  )
}
