import { useState } from 'preact/hooks'
import { history, keptMinutes, rateAt, type Sample } from '../../live/history.ts'
import { useStore } from '../../live/store.ts'
import { Panel } from '../../parts/panel.tsx'
import { Chart, type Series } from './chart.tsx'

const views = { backlog: 'Backlog', change: 'Change per second' } as const
type View = keyof typeof views

/** How it went since this page was opened; gaps are times when it was hidden or the API did not answer. */
export function Trends({ lanes }: { readonly lanes: readonly string[] }) {
  const samples = useStore(history)
  const [view, setView] = useState<View>('backlog')
  const times = samples.map(({ at }) => at / 1000)
  return (
    <div class="two-columns">
      <Panel
        title="Jobs on the lanes"
        about={`last ${keptMinutes} min`}
        actions={<Switch view={view} onChange={setView} />}
      >
        <Chart
          label={
            view === 'backlog'
              ? 'Backlog per lane'
              : 'Change of the backlog per lane, in jobs per second; below zero it drains'
          }
          times={times}
          series={lanes.map((name, i) => ({
            name,
            colour: `--line-${(i % 6) + 1}`,
            values: valuesOf(samples, view, name),
          }))}
        />
      </Panel>
      <Panel title="Jobs in trouble" about={`last ${keptMinutes} min`}>
        <Chart label="Jobs in trouble" times={times} series={trouble(samples)} />
      </Panel>
    </div>
  )
}

function valuesOf(samples: readonly Sample[], view: View, lane: string): (number | null)[] {
  if (view === 'backlog') return samples.map(({ lanes }) => lanes[lane] ?? null)
  return samples.map((_, i) => rateAt(samples, i, lane))
}

function trouble(samples: readonly Sample[]): Series[] {
  return [
    { name: 'retrying', colour: '--warn', values: samples.map(({ retrying }) => retrying) },
    { name: 'dead', colour: '--bad', values: samples.map(({ dead }) => dead) },
  ]
}

function Switch({ view, onChange }: { readonly view: View; readonly onChange: (view: View) => void }) {
  return (
    <span class="switch">
      {Object.entries(views).map(([name, label]) => (
        <button key={name} type="button" aria-pressed={view === name} onClick={() => onChange(name as View)}>
          {label}
        </button>
      ))}
    </span>
  )
}
