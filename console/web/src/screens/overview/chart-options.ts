import type uPlot from 'uplot'
import { now } from '../../live/clock.ts'
import { keptMinutes } from '../../live/history.ts'
import type { Series } from './chart.tsx'

/** Answers further apart than this, in s, have a gap between them. */
const gap = 15

export function chartOptions(element: HTMLElement, series: readonly Series[]): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 22, 0, 0],
    scales: { x: { range: xRange }, y: { range: yRange } },
    axes: [
      { ...axis, values: (_, values) => values.map(clockTime), space: 60, size: 26, incrs: [15, 30, 60, 120, 300] },
      { ...axis, size: 48, values: (_, values) => values.map((value) => value.toLocaleString('en')) },
    ],
    series: [
      {},
      ...series.map(({ name, colour: variable }) => ({
        label: name,
        stroke: colour(variable),
        width: 1.75,
        points: { show: false },
        gaps,
      })),
    ],
  }
}

/** From the first sample on, but a minute at least; then the last minutes. */
function xRange(u: uPlot): uPlot.Range.MinMax {
  const end = now() / 1000
  const first = u.data[0]?.[0] ?? end
  return [Math.max(end - keptMinutes * 60, Math.min(first, end - 60)), end]
}

function clockTime(seconds: number): string {
  const at = new Date(seconds * 1000)
  return at.toLocaleTimeString('en-GB', at.getSeconds() ? {} : { hour: '2-digit', minute: '2-digit' })
}

/** Zero is always in sight, and a few jobs do not fill the height. */
function yRange(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  const top = Math.max(4, (high ?? 0) * 1.1)
  return [low !== null && low < 0 ? Math.min(-1, low * 1.1) : 0, top]
}

const gaps: uPlot.Series.GapsRefiner = (u, seriesIndex, from, to, found) => {
  const times = u.data[0]
  for (let i = from + 1; i <= to; i++) {
    const [before, after] = [times[i - 1], times[i]]
    if (before === undefined || after === undefined || after - before < gap) continue
    found.push([u.valToPos(before, 'x', true), u.valToPos(after, 'x', true)])
  }
  return u.data[seriesIndex] ? found.sort(([a], [b]) => a - b) : found
}
