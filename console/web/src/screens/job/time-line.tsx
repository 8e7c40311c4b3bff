import type { JobDetail } from '../../api/types.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { ExactTime } from '../../components/time.tsx'
import { duration } from '../../components/words.ts'
import { eventsOf, type JobEvent } from './events.ts'

const icons: Readonly<Record<JobEvent['state'], IconName>> = {
  pending: 'wait',
  scheduled: 'clock',
  running: 'run',
  retrying: 'retry',
  succeeded: 'done',
  dead: 'dead',
  cancelled: 'cancelled',
}

export function TimeLine({ job }: { readonly job: JobDetail }) {
  const events = eventsOf(job)
  return (
    <ol class="time-line">
      {events.map((event, i) => (
        <li key={event.title + event.at} class={event.state}>
          <Icon name={icons[event.state]} />
          <div>
            <p>
              <strong>{event.title}</strong>
              {event.at && <ExactTime at={event.at} />}
              {sameAsBefore(events, i) && <span class="muted">the same error</span>}
              <Gap from={events.slice(0, i).findLast(({ at }) => at)?.at} to={event.at} />
            </p>
            {event.text && <p class="muted">{event.text}</p>}
            {event.error && !sameAsBefore(events, i) && <pre class="error-text">{event.error}</pre>}
          </div>
        </li>
      ))}
    </ol>
  )
}

/** The same error five times says no more than once. */
function sameAsBefore(events: readonly JobEvent[], index: number): boolean {
  const { error } = events[index] ?? {}
  return error !== undefined && error === events[index - 1]?.error
}

/** How long after the event before. */
function Gap({ from, to }: { readonly from: string | undefined; readonly to: string | undefined }) {
  if (!from || !to) return null
  const ms = Date.parse(to) - Date.parse(from)
  if (!(ms > 0)) return null
  return <span class="muted gap">+{ms < 1_000 ? `${ms} ms` : duration(ms / 1000)}</span>
}
