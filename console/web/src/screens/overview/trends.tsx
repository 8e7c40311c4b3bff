import type { Metrics } from '../../api/types.ts'
import { history, keptMinutes, type Sample } from '../../live/history.ts'
import { useStore } from '../../live/store.ts'
import type { Series } from './chart-options.ts'
import { ChartPanel, type View } from './chart-panel.tsx'
import { type Counted, whole } from './lane-metrics.ts'

interface Props {
  readonly lanes: readonly string[]
  readonly metrics: Metrics | undefined
}

/** Answers further apart than this, in s, have a gap between them. */
const gap = 15

/** How it went: the last hour from the metrics, the last minutes from what this page itself has seen. */
export function Trends({ lanes, metrics }: Props) {
  const samples = useStore(history)
  const seen = {
    about: `last ${keptMinutes} min`,
    minutes: keptMinutes,
    gap,
    times: samples.map(({ at }) => at / 1000),
  }
  return (
    <div class="two-columns">
      <ChartPanel
        title="Jobs per lane"
        views={[
          ...(metrics
            ? [
                perLane(metrics, 'succeeded', 'Done', 'Jobs done per minute and lane'),
                perLane(metrics, 'accepted', 'Accepted', 'Jobs accepted per minute and lane'),
              ]
            : []),
          {
            ...seen,
            name: 'Backlog',
            label: 'Backlog per lane',
            series: lanes.map((name, i) => backlog(samples, name, i)),
          },
        ]}
      />
      <ChartPanel
        title="Failures"
        views={[
          ...(metrics ? [failures(metrics)] : []),
          { ...seen, name: 'Failing jobs', label: 'Jobs that are retrying or dead', series: failing(samples) },
        ]}
      />
    </div>
  )
}

const colour = (index: number) => `--line-${(index % 6) + 1}`

function perLane(metrics: Metrics, field: Counted, name: string, label: string): View {
  const series = metrics.lanes.map((lane, i) => ({
    name: lane.name,
    colour: colour(i),
    values: perMinutes(metrics, lane[field]),
  }))
  return { ...hour(metrics), name, label, series }
}

function failures(metrics: Metrics): View {
  const sum = (field: Counted) =>
    metrics.lanes.reduce<number[]>((total, lane) => lane[field].map((value, i) => value + (total[i] ?? 0)), [])
  return {
    ...hour(metrics),
    name: 'Failures',
    label: 'Failed attempts and deaths per minute',
    series: [
      { name: 'failed, to be retried', colour: '--warn', values: perMinutes(metrics, sum('retrying')) },
      { name: 'died', colour: '--bad', values: perMinutes(metrics, sum('dead')) },
    ],
  }
}

function hour(metrics: Metrics): Pick<View, 'about' | 'minutes' | 'times'> {
  const { since, until, periodSeconds, lanes } = metrics
  const start = Date.parse(since) / 1000
  const times = whole(metrics, lanes[0]?.accepted ?? []).map((_, i) => start + i * periodSeconds)
  const minutes = Math.round((Date.parse(until) / 1000 - start) / 60)
  return { about: `per minute, last ${minutes} min`, minutes, times }
}

function perMinutes(metrics: Metrics, values: readonly number[]): number[] {
  return whole(metrics, values).map((value) => value * (60 / metrics.periodSeconds))
}

function backlog(samples: readonly Sample[], name: string, index: number): Series {
  return { name, colour: colour(index), values: samples.map(({ lanes }) => lanes[name] ?? null) }
}

function failing(samples: readonly Sample[]): Series[] {
  return [
    { name: 'retrying', colour: '--warn', values: samples.map(({ retrying }) => retrying) },
    { name: 'dead', colour: '--bad', values: samples.map(({ dead }) => dead) },
  ]
}
