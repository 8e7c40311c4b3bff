import { useState } from 'preact/hooks'
import type { Usage, UsageItem } from '../../api/types.ts'
import { commonStart } from '../../components/names.ts'
import { dollars, many, quantity } from '../../components/words.ts'

/** Lines that are shown at once; the small rest opens on demand. */
const shown = 10

export function UsageTable({ usage: { items, usdTotal } }: { readonly usage: Usage }) {
  const [all, setAll] = useState(false)
  const sorted = shortened(items).sort((a, b) => b.usd - a.usd)
  const rest = sorted.slice(shown)
  const lines = all || rest.length < 2 ? sorted : sorted.slice(0, shown)
  return (
    <table class="list usage">
      <thead>
        <tr>
          <th scope="col">Service</th>
          <th scope="col">What</th>
          <th scope="col" class="number">
            Quantity
          </th>
          <th scope="col">Unit</th>
          <th scope="col" class="number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((item) => (
          <Line key={item.service + item.what + item.unit} item={item} most={sorted[0]?.usd ?? 0} />
        ))}
        {lines.length < sorted.length && (
          <tr class="smaller">
            <td colSpan={4}>
              <button type="button" onClick={() => setAll(true)}>
                Show {many(rest.length, 'smaller one')}
              </button>
            </td>
            <td class="number cost">{dollars(rest.reduce((sum, { usd }) => sum + usd, 0))}</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={4}>
            Total
          </th>
          <td class="number">{dollars(usdTotal)}</td>
        </tr>
      </tfoot>
    </table>
  )
}

function Line({ item, most }: { readonly item: UsageItem; readonly most: number }) {
  const { service, what, quantity: used, unit, usd } = item
  return (
    <tr>
      <td>
        <strong>{service}</strong>
      </td>
      <td>{what}</td>
      <td class="number">{quantity(used)}</td>
      <td class="muted">{unit}</td>
      <td class={`number cost ${usd === 0 ? 'zero' : ''}`}>
        {most > 0 && <i class="share" style={{ '--part': `${usd / most}` }} aria-hidden="true" />}
        {dollars(usd)}
      </td>
    </tr>
  )
}

/** `writes, OutboxRelay-dev-effects` as `writes, effects`: all is of one stack. */
function shortened(items: readonly UsageItem[]): UsageItem[] {
  const names = items.flatMap(({ what }) => what.split(', ').slice(1))
  const start = names[0]?.slice(0, commonStart(names)) ?? ''
  return items.map((item) => (start ? { ...item, what: item.what.replaceAll(start, '') } : item))
}
