import { useNow } from '../live/clock.ts'
import { exact, relative } from './words.ts'

/** A time as seen from now; the exact one shows on hover, local and UTC. */
export function Time({ at }: { readonly at: string }) {
  const now = useNow()
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${exact(date)} local time, ${at}`}>
      {relative(date.getTime(), now)}
    </time>
  )
}

/** The exact time for all to see, and how long ago that is. */
export function ExactTime({ at }: { readonly at: string }) {
  return (
    <span class="exact-time">
      <span>{exact(new Date(at))}</span> <span class="muted">{<Time at={at} />}</span>
    </span>
  )
}
