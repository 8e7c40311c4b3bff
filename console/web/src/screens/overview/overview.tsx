import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { Lane } from '../../api/types.ts'
import { Shown } from '../../components/shown.tsx'
import { Screen } from '../../frame/screen.tsx'
import { useAlarms } from '../../live/alarms.ts'
import { usePoll } from '../../live/poll.ts'
import { useStats } from '../../live/stats.ts'
import { Figures } from './figures.tsx'
import { findings } from './findings.ts'
import { sinceFirstJob } from './lane-metrics.ts'
import { LaneTable } from './lane-table.tsx'
import { LimitTable } from './limit-table.tsx'
import { Now } from './now.tsx'
import { SwitchLane } from './switch-lane.tsx'
import { Trends } from './trends.tsx'

const metricsMinutes = 60
/** CloudWatch charges per metric that is read, and has a new value once a minute. */
const metricsEvery = 30_000

const loadMetrics = async (signal: AbortSignal) => sinceFirstJob(await api.metrics(metricsMinutes, signal))

/** What is wrong, how much of it, and where to go. */
export function Overview() {
  const stats = useStats()
  const alarms = useAlarms().data ?? []
  const lanes = usePoll('lanes', api.lanes).data?.lanes ?? []
  const metrics = usePoll('metrics', loadMetrics, metricsEvery).data
  const [switching, setSwitching] = useState<Lane>()
  return (
    <Screen title="Overview">
      <Shown polled={stats}>
        {(data) => (
          <>
            <Now findings={findings(data, lanes, alarms)} onSwitch={setSwitching} />
            <Figures stats={data} metrics={metrics} />
            <LaneTable depths={data.lanes} lanes={lanes} metrics={metrics} onSwitch={setSwitching} />
            <LimitTable lanes={lanes} />
            <Trends lanes={data.lanes.map(({ name }) => name)} metrics={metrics} />
          </>
        )}
      </Shown>
      {switching && <SwitchLane lane={switching} onClose={() => setSwitching(undefined)} />}
    </Screen>
  )
}
