import type { Lane, LaneStats, Metrics } from '../../api/types.ts'
import { State } from '../../components/state.tsx'
import { count, duration, latency, many, rate, who } from '../../components/words.ts'
import { perMinute, whole } from './lane-metrics.ts'
import { Spark } from './spark.tsx'
import { useTrend } from './trend.ts'

interface Props {
  readonly depth: LaneStats
  readonly lane: Lane | undefined
  /** Whether the API tells of any lane how long its oldest job waits. */
  readonly withAge: boolean
  readonly metrics: Metrics | undefined
  readonly onSwitch: (lane: Lane) => void
}

export function LaneRow({ depth, lane, withAge, metrics, onSwitch }: Props) {
  const { name, visible, inFlight, delayed, dead, oldestAgeSeconds } = depth
  return (
    <tr class="lane">
      <td class="identity">
        <span class="lane-name">
          <strong>{name}</strong>
          {lane && lane.state !== 'running' && <State of={lane.state} />}
        </span>
        <About depth={depth} lane={lane} />
      </td>
      <Figure name="Waiting" value={visible} />
      <Figure name="In flight" value={inFlight} />
      <Figure name="Delayed" value={delayed} />
      <Figure name="Dead" value={dead} tone="bad" />
      {withAge && (
        <td data-label="Oldest waits" class={`number ${oldestAgeSeconds === undefined ? 'zero' : ''}`}>
          {oldestAgeSeconds === undefined ? '–' : duration(oldestAgeSeconds)}
        </td>
      )}
      {metrics && <Pace metrics={metrics} name={name} />}
      <td class="act">
        {lane && (
          <button type="button" disabled={lane.state === 'changing'} onClick={() => onSwitch(lane)}>
            {lane.state === 'paused' ? 'Resume …' : 'Pause …'}
            <span class="visually-hidden"> lane {name}</span>
          </button>
        )}
      </td>
    </tr>
  )
}

/** Who paused it; else whether its backlog grows or drains. */
function About({ depth, lane }: Pick<Props, 'depth' | 'lane'>) {
  const trend = useTrend(depth)
  if (lane?.state === 'paused' && lane.pausedBy)
    return (
      <span class="lane-about" title={lane.pausedBy}>
        by {who(lane.pausedBy)}
      </span>
    )
  const running = lane?.state === 'running' ? 'running' : ''
  return (
    <span class="lane-about">
      {[running, trend].filter(Boolean).join(', ')}
      {lane?.circuitBreaker && <Breaker of={lane.circuitBreaker} />}
    </span>
  )
}

function Breaker({ of: { failures, withinSeconds } }: { readonly of: NonNullable<Lane['circuitBreaker']> }) {
  const words = `pauses itself at ${many(failures, 'failure')} in ${duration(withinSeconds)}`
  return (
    <span class="breaker" title={`Circuit breaker: ${words}`}>
      {' '}
      · breaker<span class="visually-hidden">: {words}</span>
    </span>
  )
}

function Figure({ name, value, tone = '' }: { readonly name: string; readonly value: number; readonly tone?: string }) {
  return (
    <td data-label={name} class={`number ${value > 0 ? tone : 'zero'}`}>
      {count(value)}
    </td>
  )
}

/** How much a lane gets done, and how long a job takes on it. */
function Pace({ metrics, name }: { readonly metrics: Metrics; readonly name: string }) {
  const lane = metrics.lanes.find((lane) => lane.name === name)
  const done = lane ? perMinute(metrics, lane.succeeded) : 0
  return (
    <>
      <td data-label="Done per min" class={`number pace ${done > 0 ? '' : 'zero'}`}>
        {lane && <Spark values={whole(metrics, lane.succeeded)} />}
        {lane ? rate(done) : '–'}
      </td>
      <td data-label="Latency p50 / p99" class={`number latency ${lane?.latencyMs ? '' : 'zero'}`}>
        {lane?.latencyMs ? `${latency(lane.latencyMs.p50)} / ${latency(lane.latencyMs.p99)}` : '–'}
      </td>
    </>
  )
}
