const [width, height] = [96, 22]

/** How it went, as a line without axes; the number next to it says the latest. */
export function Spark({ values }: { readonly values: readonly number[] }) {
  const top = Math.max(1, ...values)
  const step = width / Math.max(1, values.length - 1)
  const points = values.map(
    (value, i) => `${(i * step).toFixed(1)},${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`,
  )
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      {values.length > 1 && <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} />}
      {values.length > 1 && <polyline points={points.join(' ')} />}
    </svg>
  )
}
