import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { Usage as UsageData } from '../../api/types.ts'
import { Empty } from '../../components/note.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { Switch } from '../../components/switch.tsx'
import { count, dollars } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { ServiceBar } from './service-bar.tsx'
import { UsageTable } from './usage-table.tsx'

const spans: Readonly<Record<string, number>> = { 'Last hour': 1, '24 hours': 24, '7 days': 168 }
/** CloudWatch charges for each metric that is read, so this is not asked often. */
const every = 60_000
const hoursOfMonth = 730

/** What the stack used, and what that costs at list prices. */
export function Usage() {
  const [span, setSpan] = useState('24 hours')
  const hours = spans[span] ?? 24
  const polled = usePoll(`usage#${hours}`, (signal) => api.usage(hours, signal), every)
  return (
    <Screen
      title="Usage and cost"
      actions={<Switch label="Time" options={Object.keys(spans)} value={span} onChange={setSpan} />}
    >
      <Shown polled={polled}>
        {(usage) => (
          <>
            <Sums usage={usage} hours={hours} />
            <Panel title="Where it goes" about={about(usage)}>
              {usage.items.some(({ quantity }) => quantity > 0) ? (
                <>
                  <ServiceBar items={usage.items} />
                  <UsageTable usage={usage} />
                </>
              ) : (
                <Empty title="Nothing was used in this time.">
                  <p>Send a job, or look further back. New usage is counted within a minute or two.</p>
                </Empty>
              )}
            </Panel>
          </>
        )}
      </Shown>
    </Screen>
  )
}

function about({ prices }: UsageData): string {
  return `list prices of ${prices.region}, ${prices.date}; no free tier, no taxes`
}

function Sums({ usage: { jobs, usdTotal, usdPerMillionJobs }, hours }: { usage: UsageData; hours: number }) {
  return (
    <dl class="figures">
      <div>
        <dt>Cost in this time</dt>
        <dd>{dollars(usdTotal)}</dd>
      </div>
      <div>
        <dt>A month at this pace</dt>
        <dd>{dollars((usdTotal / hours) * hoursOfMonth)}</dd>
      </div>
      <div>
        <dt>Jobs done</dt>
        <dd>{count(jobs)}</dd>
      </div>
      <div>
        <dt>Cost of a million jobs</dt>
        <dd>{usdPerMillionJobs === undefined ? <span class="muted">–</span> : dollars(usdPerMillionJobs)}</dd>
      </div>
    </dl>
  )
}
