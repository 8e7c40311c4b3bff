import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Props {
  readonly title: string
  /** Next to the title. */
  readonly aside?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

let first = true

/** One screen. Coming to it moves the focus to its title, as loading a page would. */
export function Screen({ title, aside, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Outbox Relay`
  }, [title])
  useEffect(() => {
    if (!first) heading.current?.focus()
    first = false
    scrollTo(0, 0)
  }, [])
  return (
    <>
      <div class="screen-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
        {actions && <span class="screen-actions">{actions}</span>}
      </div>
      {children}
    </>
  )
}
