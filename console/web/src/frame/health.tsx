import { Icon } from '../components/icon.tsx'
import { duration, exact } from '../components/words.ts'
import { useNow } from '../live/clock.ts'
import { connection } from '../live/connection.ts'
import { refreshNow } from '../live/poll.ts'
import { useStore } from '../live/store.ts'

/** Answers are stale when none came for so long, in ms. */
const staleAfter = 8_000

/** How fresh what one sees is. */
export function Health() {
  useNow()
  const { answeredAt, outage } = useStore(connection)
  const age = answeredAt === undefined ? undefined : Date.now() - answeredAt
  const [tone, word] = outage
    ? ['bad', 'No connection']
    : age === undefined
      ? ['quiet', 'Connecting']
      : age > staleAfter
        ? ['warn', 'Stale']
        : ['good', 'Live']
  const title = answeredAt === undefined ? 'No answer yet' : `Last answer at ${exact(new Date(answeredAt))}`
  return (
    <span class={`health ${tone}`} title={title}>
      <span class="dot" aria-hidden="true" />
      {word}
      {age !== undefined && age > staleAfter && <span class="age"> · {duration(age / 1000)} old</span>}
    </span>
  )
}

export function OutageBanner() {
  useNow()
  const { answeredAt, outage } = useStore(connection)
  if (!outage) return null
  return (
    <div class="outage" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{outage.problem.title || 'The API is unavailable'}</strong> {outage.problem.detail}
        <p>
          {answeredAt === undefined
            ? 'Nothing has been loaded yet.'
            : `What you see is from ${exact(new Date(answeredAt))}, ${duration((Date.now() - answeredAt) / 1000)} ago.`}{' '}
          It is tried again every few seconds.
        </p>
      </div>
      <button type="button" onClick={refreshNow}>
        Try now
      </button>
    </div>
  )
}
