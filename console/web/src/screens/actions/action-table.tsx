import type { Action } from '../../api/types.ts'
import { ExactTime } from '../../components/time.tsx'
import { who } from '../../components/words.ts'
import { href } from '../../nav/route.ts'

export function ActionTable({ actions }: { readonly actions: readonly Action[] }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Detail</th>
        </tr>
      </thead>
      <tbody>
        {actions.map(({ id, at, by, action, detail }) => (
          <tr key={id}>
            <td>
              <ExactTime at={at} />
            </td>
            <td data-label="By">
              <span title={by}>{who(by)}</span>
            </td>
            <td class="identity">
              <strong>{action}</strong>
            </td>
            <td class="error">
              <Detail action={action} of={detail} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The job that it was done to; else as it was asked for. A redrive of many names each: a few lines say enough, all shows on hover. */
function Detail({ action, of: text }: { readonly action: string; readonly of: string }) {
  if (action.endsWith(' job')) return <a href={href(['jobs', text])}>{text}</a>
  return (
    <code class="detail" title={text.length > 160 ? text : undefined}>
      {asked(text)}
    </code>
  )
}

/** `{"type":"send-receipt","dryRun":false}` as `type send-receipt`. Text that was cut short is not JSON, and stays as it is. */
function asked(text: string): string {
  try {
    const fields = Object.entries(JSON.parse(text) as object).filter(([, value]) => value !== false)
    return fields.map(([name, value]) => `${name} ${words(value)}`).join(', ')
  } catch {
    return text
  }
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
