import { useEffect } from 'preact/hooks'
import { refreshNow } from '../live/poll.ts'
import { go } from './place.ts'

/** Shown in the help dialog as they are. */
export const shortcuts: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: 'g o', does: 'Go to the overview' },
  { keys: 'g j', does: 'Go to jobs' },
  { keys: 'g d', does: 'Go to dead letters' },
  { keys: 'g s', does: 'Go to schedules' },
  { keys: 'g a', does: 'Go to actions' },
  { keys: '/', does: 'Find a job by its id' },
  { keys: 'r', does: 'Ask the API again now' },
  { keys: '?', does: 'This help' },
  { keys: 'Esc', does: 'Close a dialog; nothing is done' },
]

const places: Readonly<Record<string, readonly string[]>> = {
  o: [],
  j: ['jobs'],
  d: ['dead-letters'],
  s: ['schedules'],
  a: ['actions'],
}

/** How long after `g` the second key may come, in ms. */
const pause = 1_200

export function useShortcuts(help: () => void): void {
  useEffect(() => {
    const acts: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
      '?': help,
      r: refreshNow,
      '/': focusSearch,
    }
    let goAt = 0
    function onKey(event: KeyboardEvent) {
      if (isForOthers(event)) return
      const target = Date.now() - goAt < pause ? places[event.key] : undefined
      goAt = event.key === 'g' ? Date.now() : 0
      if (target) go(target)
      else acts[event.key]?.(event)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [help])
}

function focusSearch(event: KeyboardEvent): void {
  event.preventDefault()
  document.querySelector<HTMLInputElement>('#find-job')?.focus()
}

/** Someone is typing, a dialog is open, or the browser itself is meant. */
function isForOthers({ ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return true
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]')
}
