import { Empty } from '../../components/note.tsx'
import { Panel } from '../../components/panel.tsx'
import { RunbookLink } from '../../components/runbook.tsx'
import { Shown } from '../../components/shown.tsx'
import { AlarmSign } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { count } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { inAlarm, type NamedAlarm, useAlarms } from '../../live/alarms.ts'
import { href } from '../../nav/route.ts'

/** The alarms of the stack; those in ALARM come first. */
export function Alarms() {
  const polled = useAlarms()
  return (
    <Screen title="Alarms" actions={<a href={href(['runbook'])}>Runbook</a>}>
      <Shown polled={polled}>
        {(alarms) => {
          const current = inAlarm(alarms)
          const rest = alarms.filter(({ state }) => state !== 'ALARM')
          return (
            <>
              <Panel title="In ALARM" about={current.length > 0 ? count(current.length) : undefined}>
                {current.length > 0 ? <AlarmTable alarms={current} /> : <NoneInAlarm watched={alarms.length} />}
              </Panel>
              {rest.length > 0 && (
                <Panel title="Other alarms" about={count(rest.length)}>
                  <AlarmTable alarms={rest} />
                </Panel>
              )}
            </>
          )
        }}
      </Shown>
    </Screen>
  )
}

function NoneInAlarm({ watched }: { readonly watched: number }) {
  return watched > 0 ? (
    <Empty title="No alarm is in ALARM.">
      <p>There is nothing to do now. Each alarm below has a description and a link to its runbook.</p>
    </Empty>
  ) : (
    <Empty title="This stack has no alarms.">
      <p>
        Nobody is notified when something fails. Deploy the stack of this repository unchanged: it contains the alarms.
      </p>
    </Empty>
  )
}

function AlarmTable({ alarms }: { readonly alarms: readonly NamedAlarm[] }) {
  return (
    <table class="list alarms">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Alarm</th>
          <th scope="col">Since</th>
          <th scope="col">
            <span class="visually-hidden">Runbook</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {alarms.map((alarm) => (
          <tr key={alarm.name}>
            <td>
              <AlarmSign of={alarm.state} />
            </td>
            <td class="identity">
              <strong title={alarm.name}>{alarm.short}</strong>
              <p>{alarm.description}</p>
              {alarm.state !== 'OK' && alarm.reason && <p class="muted small">{alarm.reason}</p>}
            </td>
            <td data-label="Since">{alarm.since ? <Time at={alarm.since} /> : <span class="muted">–</span>}</td>
            <td class="act">
              <RunbookLink of={alarm} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
