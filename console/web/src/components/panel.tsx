import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface Props {
  readonly title: string
  /** Small print next to the title. */
  readonly about?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Panel({ title, about, actions, children }: Props) {
  const heading = useId()
  return (
    <section class="panel" aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading}>{title}</h2>
        {about && <span class="muted">{about}</span>}
        {actions && <span class="panel-actions">{actions}</span>}
      </header>
      {children}
    </section>
  )
}
