import { useState } from 'preact/hooks'
import type { DeadLetterFilter } from '../../api/types.ts'
import { count, exact, many, noError } from '../../components/words.ts'

interface Props {
  readonly filter: DeadLetterFilter
  readonly total: number
  readonly onCancel: () => void
  readonly onConfirm: () => void
}

/** Says exactly what will be sent again, and wants the number typed. */
export function AskRedrive({ filter, total, onCancel, onConfirm }: Props) {
  const [typed, setTyped] = useState('')
  if (total === 0) return <NothingMatches onCancel={onCancel} />
  const agreed = typed.replace(/[^0-9]/g, '') === String(total)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (agreed) onConfirm()
      }}
    >
      <p>
        <strong>{many(total, 'dead job')}</strong> {total === 1 ? 'goes' : 'go'} to{' '}
        {total === 1 ? 'its lane' : 'their lanes'} again, each with a fresh budget of attempts:
      </p>
      <dl class="summary">
        <Line name="Type" value={filter.type ?? 'every type'} />
        {filter.error !== undefined && <Line name="Error" value={filter.error || noError} />}
        {filter.since && <Line name="Died from" value={exact(new Date(filter.since))} />}
        <Line
          name="Died until"
          value={filter.until ? exact(new Date(filter.until)) : 'now; what dies later is left alone'}
        />
      </dl>
      <p class="muted">If the cause is not fixed, they will die again. Each keeps its idempotency key.</p>
      <label class="type-count">
        To go on, type the number of jobs: {count(total)}
        <input
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      <div class="dialog-actions">
        <button type="button" onClick={onCancel}>
          Leave them
        </button>
        <button type="submit" class="primary" disabled={!agreed}>
          Redrive {count(total)}
        </button>
      </div>
    </form>
  )
}

function Line({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function NothingMatches({ onCancel }: { readonly onCancel: () => void }) {
  return (
    <>
      <p>No dead job matches any more: somebody else may have redriven them. Nothing was done.</p>
      <div class="dialog-actions">
        <button type="button" onClick={onCancel}>
          Close
        </button>
      </div>
    </>
  )
}
