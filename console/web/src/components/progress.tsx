import { count } from './words.ts'

interface Props {
  readonly label: string
  readonly value: number
  readonly max: number
}

export function Progress({ label, value, max }: Props) {
  return (
    <div class="progress">
      <progress value={value} max={Math.max(max, 1)} aria-label={label} />
      <span>
        {count(value)} of {count(max)}
      </span>
    </div>
  )
}
