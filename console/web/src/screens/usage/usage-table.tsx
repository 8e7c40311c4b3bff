import type { Usage } from '../../api/types.ts'
import { dollars, quantity } from '../../parts/words.ts'

export function UsageTable({ usage: { items, usdTotal } }: { readonly usage: Usage }) {
  const dearest = Math.max(...items.map(({ usd }) => usd))
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
        {[...items]
          .sort((a, b) => b.usd - a.usd)
          .map(({ service, what, quantity: used, unit, usd }) => (
            <tr key={service + what + unit}>
              <td>
                <strong>{service}</strong>
              </td>
              <td>{what}</td>
              <td class="number">{quantity(used)}</td>
              <td class="muted">{unit}</td>
              <td class={`number cost ${usd === 0 ? 'zero' : ''}`}>
                {dearest > 0 && (
                  <i class="share" style={{ '--share': `${(100 * usd) / dearest}%` }} aria-hidden="true" />
                )}
                {dollars(usd)}
              </td>
            </tr>
          ))}
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
