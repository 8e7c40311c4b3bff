/** A bar chart as SVG: names on the left, bars, and the figure at the end of each. Reads on light and on dark pages. */
export interface Bar {
  readonly name: string
  readonly value: number
  /** Ours, or a limit that is kept to. */
  readonly strong?: boolean
}

const width = 880
const nameWidth = 450
const rowHeight = 26
const barWidth = width - nameWidth - 90

export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value))
  const height = 40 + bars.length * rowHeight
  const rows = bars.map(({ name, value, strong }, i) => {
    const y = 34 + i * rowHeight
    const length = Math.max(1, (value / most) * barWidth)
    return [
      `<text x="${nameWidth - 8}" y="${y + 15}" text-anchor="end"${strong ? ' font-weight="600"' : ''}>${escaped(name)}</text>`,
      `<rect x="${nameWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="16" rx="2" class="${strong ? 'own' : 'other'}"/>`,
      `<text x="${(nameWidth + length + 6).toFixed(1)}" y="${y + 15}">${figure(value)}</text>`,
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#24292f}.own{fill:#0a7ea4}.other{fill:#9aa5b1}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.other{fill:#5b6672}}</style>
<text x="0" y="18" font-weight="600">${escaped(title)}, ${escaped(unit)}</text>
${rows.join('\n')}
</svg>
`
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
}
