import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Props {
  readonly title: string
  readonly onClose: () => void
  /** While something runs that must be stopped first. */
  readonly busy?: boolean
  readonly children: ComponentChildren
}

/** The browser's own modal dialog: it keeps the focus inside, closes on Esc, and gives the focus back. */
export function Dialog({ title, onClose, busy = false, children }: Props) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => before instanceof HTMLElement && before.isConnected && before.focus()
  }, [])
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        if (!busy) onClose()
      }}
      onClose={onClose}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  )
}
