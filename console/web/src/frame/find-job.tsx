import { Icon } from '../components/icon.tsx'
import { go } from '../nav/route.ts'
import { targetOf } from './search.ts'

/** One box for whatever one has at hand of a job. */
export function FindJob() {
  function find(event: SubmitEvent) {
    event.preventDefault()
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('what') as HTMLInputElement
    const target = targetOf(field.value)
    if (!target) return
    field.value = ''
    field.blur()
    go(target.path, target.query)
  }
  return (
    <search class="find">
      <form onSubmit={find}>
        <Icon name="search" />
        <input
          id="find-job"
          name="what"
          aria-label="Find a job by its id or its record"
          placeholder="Job id, or its record: order/…"
          autoComplete="off"
          spellcheck={false}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  )
}
