const hidden = '"[redacted]"'

/** JSON, with what the API hides marked as such. */
export function Payload({ value }: { readonly value: unknown }) {
  const parts = JSON.stringify(value ?? null, null, 2).split(hidden)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <pre class="payload" tabIndex={0}>
      {parts.flatMap((part, i) => (i === 0 ? [part] : [<mark key={`hidden-${i}`}>redacted</mark>, part]))}
    </pre>
  )
}
