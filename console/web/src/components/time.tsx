import { useNow } from '../live/clock.ts'
import { duration, exact, relative } from './words.ts'

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

/** How long something has been so: `for 24 min`. */
export function For({ since }: { readonly since: string }) {
  const seconds = Math.max(0, (useNow() - Date.parse(since)) / 1000)
  return (
    <time dateTime={since} title={`since ${exact(new Date(since))} local time, ${since}`}>
      for {duration(seconds)}
    </time>
  )
}
