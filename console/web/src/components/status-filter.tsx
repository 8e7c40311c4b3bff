interface Props<S extends string> {
  readonly label: string
  /** What the choice of every status is called. */
  readonly all: string
  readonly statuses: readonly S[]
  readonly status: S | undefined
  readonly onChange: (status: string) => void
}

/** Narrows a list to one status. */
export function StatusFilter<S extends string>({ label, all, statuses, status, onChange }: Props<S>) {
  return (
    <form class="filter" aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
      <label>
        {label}
        <select value={status ?? ''} onChange={({ currentTarget: { value } }) => onChange(value)}>
          <option value="">{all}</option>
          {statuses.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    </form>
  )
}
