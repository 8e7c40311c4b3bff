import type uPlot from 'uplot'
import { now } from '../../live/clock.ts'

export interface Series {
  readonly name: string
  /** A CSS variable. */
  readonly colour: string
  readonly values: readonly (number | null)[]
}

/** The properties of a chart that its axes and lines follow from. */
export interface Shape {
  readonly series: readonly Series[]
  /** How far back it goes. */
  readonly minutes: number
  /** Values further apart than this, in s, are not joined. @default - all are */
  readonly gap?: number
}

export function chartOptions(element: HTMLElement, { series, minutes, gap = Infinity }: Shape): uPlot.Options {
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
    scales: { x: { range: xRange(minutes) }, y: { range: yRange } },
    axes: [
      {
        ...axis,
        values: (_, values) => values.map(clockTime),
        space: 60,
        size: 26,
        incrs: [15, 30, 60, 120, 300, 600, 900],
      },
      { ...axis, size: 48, values: (_, values) => values.map((value) => value.toLocaleString('en')) },
    ],
    series: [
      {},
      ...series.map(({ name, colour: variable }) => ({
        label: name,
        stroke: colour(variable),
        width: 1.75,
        points: { show: false },
        gaps: gapsOf(gap),
      })),
    ],
  }
}

/** From the first sample on, but a minute at least; then the last minutes. */
function xRange(minutes: number) {
  return (u: uPlot): uPlot.Range.MinMax => {
    const end = now() / 1000
    const first = u.data[0]?.[0] ?? end
    return [Math.max(end - minutes * 60, Math.min(first, end - 60)), end]
  }
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

function gapsOf(gap: number): uPlot.Series.GapsRefiner {
  return (u, seriesIndex, from, to, found) => {
    const times = u.data[0]
    for (let i = from + 1; i <= to; i++) {
      const [before, after] = [times[i - 1], times[i]]
      if (before === undefined || after === undefined || after - before < gap) continue
      found.push([u.valToPos(before, 'x', true), u.valToPos(after, 'x', true)])
    }
    return u.data[seriesIndex] ? found.sort(([a], [b]) => a - b) : found
  }
}
