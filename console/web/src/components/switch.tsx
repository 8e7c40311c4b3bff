interface Props {
  /** What is chosen, for who does not see it. */
  readonly label: string
  readonly options: readonly string[]
  readonly value: string
  readonly onChange: (value: string) => void
}

/** One of a few. */
export function Switch({ label, options, value, onChange }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in the head of a panel
    <span class="switch" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option} type="button" aria-pressed={value === option} onClick={() => onChange(option)}>
          {option}
        </button>
      ))}
    </span>
  )
}
