import { useEffect } from 'preact/hooks'
import { api } from '../api/api.ts'
import type { Schedule } from '../api/types.ts'
import { Empty } from '../components/note.tsx'
import { Panel } from '../components/panel.tsx'
import { Shown } from '../components/shown.tsx'
import { ExactTime } from '../components/time.tsx'
import { seeTypes } from '../components/types-seen.ts'
import { Screen } from '../frame/screen.tsx'
import { usePoll } from '../live/poll.ts'

/** Jobs that come by the clock. */
export function Schedules() {
  const polled = usePoll('schedules', api.schedules, 15_000)
  useEffect(() => seeTypes(polled.data?.schedules ?? []), [polled.data])
  return (
    <Screen title="Schedules">
      <Panel title="Jobs that come by the clock" about="each comes once, also if its trigger comes twice">
        <Shown polled={polled}>
          {({ schedules }) =>
            schedules.length === 0 ? (
              <Empty title="This stack has no schedules.">
                <p>
                  Give the application one with <code>defineSchedule</code>; it is here after the next deploy.
                </p>
              </Empty>
            ) : (
              <ScheduleTable schedules={schedules} />
            )
          }
        </Shown>
      </Panel>
    </Screen>
  )
}

function ScheduleTable({ schedules }: { readonly schedules: readonly Schedule[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Next run</th>
          <th scope="col">Rule</th>
          <th scope="col">Time zone</th>
          <th scope="col">Job type</th>
        </tr>
      </thead>
      <tbody>
        {schedules.map(({ name, next, expression, timezone, type }) => (
          <tr key={name}>
            <td class="identity">
              <strong>{name}</strong>
            </td>
            <td data-label="Next run">
              {next ? <ExactTime at={next} /> : <span class="muted">counted by AWS from its making</span>}
            </td>
            <td data-label="Rule">
              <code>{expression}</code>
            </td>
            <td data-label="Time zone">{timezone}</td>
            <td data-label="Job type">{type}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
