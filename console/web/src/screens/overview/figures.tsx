import type { LaneStats, Metrics, Stats } from '../../api/types.ts'
import { count, rate } from '../../components/words.ts'
import { href } from '../../nav/route.ts'
import { perMinute } from './lane-metrics.ts'

interface Props {
  readonly stats: Stats
  readonly metrics: Metrics | undefined
}

/** The whole system in a few numbers. */
export function Figures({ stats: { lanes, jobs }, metrics }: Props) {
  const sum = (field: 'visible' | 'inFlight' | 'delayed') =>
    lanes.reduce((total, lane: LaneStats) => total + lane[field], 0)
  return (
    <dl class="figures">
      <Figure name="Waiting" value={sum('visible')} />
      <Figure name="In flight" value={sum('inFlight')} />
      <Figure name="Delayed" value={sum('delayed')} />
      <Figure name="Retrying" value={jobs.retrying} tone="warn" to={href(['jobs'], { status: 'retrying' })} />
      <Figure name="Dead" value={jobs.dead} tone="bad" to={href(['dead-letters'])} />
      {metrics && (
        <div>
          <dt>Done per minute</dt>
          <dd>{rate(metrics.lanes.reduce((total, lane) => total + perMinute(metrics, lane.succeeded), 0))}</dd>
        </div>
      )}
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: number
  /** When it is not 0. */
  readonly tone?: 'warn' | 'bad'
  readonly to?: string
}

function Figure({ name, value, tone, to }: FigureProps) {
  return (
    <div class={value > 0 && tone ? tone : ''}>
      <dt>{name}</dt>
      <dd>{to && value > 0 ? <a href={to}>{count(value)}</a> : count(value)}</dd>
    </div>
  )
}
