import { api } from '../../api/api.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { useStats } from '../../live/stats.ts'
import { Shown } from '../../parts/shown.tsx'
import { Figures } from './figures.tsx'
import { LaneList } from './lane-list.tsx'
import { Trends } from './trends.tsx'
import { Verdict } from './verdict.tsx'
import { WhatIsDead } from './what-is-dead.tsx'

/** What is wrong, how much of it, and where to go. */
export function Overview() {
  const stats = useStats()
  const lanes = usePoll('lanes', api.lanes)
  const dead = stats.data?.jobs.dead ?? 0
  return (
    <Screen title="Overview">
      <Shown polled={stats}>
        {(data) => (
          <>
            <Verdict stats={data} lanes={lanes.data?.lanes ?? []} />
            <Figures stats={data} />
            <LaneList depths={data.lanes} lanes={lanes.data?.lanes ?? []} />
            {dead > 0 && <WhatIsDead />}
            <Trends lanes={data.lanes.map(({ name }) => name)} />
          </>
        )}
      </Shown>
    </Screen>
  )
}
