import { useState } from 'preact/hooks'
import { Panel } from '../../components/panel.tsx'
import { Switch } from '../../components/switch.tsx'
import { Chart, type ChartProps } from './chart.tsx'

/** One way to look at something. */
export interface View extends ChartProps {
  readonly name: string
  /** Small print next to the title. */
  readonly about: string
}

/** A picture with a choice of views; the first one shows first. */
export function ChartPanel({ title, views }: { readonly title: string; readonly views: readonly View[] }) {
  const [chosen, choose] = useState<string>()
  const view = views.find(({ name }) => name === chosen) ?? views[0]
  if (!view) return null
  const { name, about, ...chart } = view
  return (
    <Panel
      title={title}
      about={about}
      actions={
        views.length > 1 && (
          <Switch label={title} options={views.map(({ name }) => name)} value={name} onChange={choose} />
        )
      }
    >
      <Chart key={name} {...chart} />
    </Panel>
  )
}
