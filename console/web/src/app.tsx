import { Empty } from './components/note.tsx'
import { Screen } from './frame/screen.tsx'
import { Shell } from './frame/shell.tsx'
import { useStore } from './live/store.ts'
import { href, route } from './nav/route.ts'
import { Actions } from './screens/actions/actions.tsx'
import { Alarms } from './screens/alarms/alarms.tsx'
import { Batch } from './screens/batch/batch.tsx'
import { Batches } from './screens/batches/batches.tsx'
import { DeadLetters } from './screens/dead-letters/dead-letters.tsx'
import { Job } from './screens/job/job.tsx'
import { Jobs } from './screens/jobs/jobs.tsx'
import { Overview } from './screens/overview/overview.tsx'
import { Runbook } from './screens/runbook/runbook.tsx'
import { Schedules } from './screens/schedules.tsx'
import { Usage } from './screens/usage/usage.tsx'

export function App() {
  const { path } = useStore(route)
  return <Shell>{screenAt(path)}</Shell>
}

function screenAt([screen = '', id]: readonly string[]) {
  switch (screen) {
    case '':
      return <Overview />
    case 'jobs':
      return id === undefined ? <Jobs /> : <Job key={id} id={id} />
    case 'batches':
      return id === undefined ? <Batches /> : <Batch key={id} id={id} />
    case 'dead-letters':
      return <DeadLetters />
    case 'alarms':
      return <Alarms />
    case 'runbook':
      return <Runbook section={id} />
    case 'usage':
      return <Usage />
    case 'schedules':
      return <Schedules />
    case 'actions':
      return <Actions />
    default:
      return (
        <Screen title="No such screen">
          <Empty title="This address leads nowhere.">
            <a href={href([])}>To the overview</a>
          </Empty>
        </Screen>
      )
  }
}
