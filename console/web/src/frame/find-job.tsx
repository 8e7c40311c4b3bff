import { go } from '../nav/place.ts'
import { Icon } from '../parts/icon.tsx'

export function FindJob() {
  function find(event: SubmitEvent) {
    event.preventDefault()
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('id') as HTMLInputElement
    const id = field.value.trim()
    if (!id) return
    field.value = ''
    field.blur()
    go(['jobs', id])
  }
  return (
    <search class="find">
      <form onSubmit={find}>
        <Icon name="search" />
        <input
          id="find-job"
          name="id"
          aria-label="Find a job by its id"
          placeholder="Job id"
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
