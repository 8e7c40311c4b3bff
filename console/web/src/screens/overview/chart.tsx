import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { count, rate } from '../../components/words.ts'
import { chartOptions, type Shape } from './chart-options.ts'
import { useColourScheme } from './colour-scheme.ts'

export interface ChartProps extends Shape {
  readonly label: string
  /** Seconds since the epoch. */
  readonly times: readonly number[]
}

/** Lines over time. The legend below carries the latest values as text, for those who do not see the picture. */
export function Chart({ label, times, series, minutes, gap }: ChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const scheme = useColourScheme()
  const data = [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data
  const key = series.map(({ name }) => name).join()

  // The plot is made anew for other lines and other colours only.
  useEffect(() => {
    const element = host.current
    if (!element) return
    const made = new uPlot(chartOptions(element, { series, minutes, gap }), latest.current, element)
    plot.current = made
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [key, scheme])
  useEffect(() => plot.current?.setData(latest.current), [times, series])

  return (
    <figure class="chart">
      <div ref={host} class="plot" role="img" aria-label={label} />
      <figcaption>
        {series.map(({ name, colour, values }) => (
          <span key={name} class="legend">
            <i style={{ background: `var(${colour})` }} />
            {name} <b>{latestOf(values)}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function latestOf(values: readonly (number | null)[]): string {
  const value = values.at(-1)
  if (value === null || value === undefined) return '–'
  return Number.isInteger(value) ? count(value) : rate(value)
}
