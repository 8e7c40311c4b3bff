import type { UsageItem } from '../../api/types.ts'
import { dollars } from '../../components/words.ts'

/** How the cost divides among the services, as one bar; the legend below it says the same in numbers. */
export function ServiceBar({ items }: { readonly items: readonly UsageItem[] }) {
  const services = byService(items)
  const total = services.reduce((sum, { usd }) => sum + usd, 0)
  if (total === 0) return null
  return (
    <figure class="service-bar">
      <div class="bar" aria-hidden="true">
        {services.map(({ service, usd }, i) => (
          <i key={service} style={{ width: `${(100 * usd) / total}%`, background: `var(${colourOf(i)})` }} />
        ))}
      </div>
      <figcaption>
        {services.map(({ service, usd }, i) => (
          <span key={service} class="legend">
            <i style={{ background: `var(${colourOf(i)})` }} />
            {service} <b>{dollars(usd)}</b> {Math.round((100 * usd) / total)} %
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

const colours = ['--line-2', '--line-3', '--line-4', '--line-5', '--line-1', '--line-6'] as const
const colourOf = (index: number) => colours[index % colours.length] ?? '--line-6'

/** The dearest first. */
function byService(items: readonly UsageItem[]): readonly { readonly service: string; readonly usd: number }[] {
  const sums = new Map<string, number>()
  for (const { service, usd } of items) sums.set(service, (sums.get(service) ?? 0) + usd)
  return [...sums].map(([service, usd]) => ({ service, usd })).sort((a, b) => b.usd - a.usd)
}
