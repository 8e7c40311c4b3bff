import { useEffect } from 'preact/hooks'
import { refreshNow } from '../live/poll.ts'
import { go } from './route.ts'
import { screens } from './screens.ts'

/** Shown in the help dialog as they are. */
export const shortcuts: readonly { readonly keys: string; readonly does: string }[] = [
  ...screens.map(({ key, name }) => ({ keys: `g ${key}`, does: `Go to ${name.toLowerCase()}` })),
  { keys: 'g r', does: 'Go to the runbook' },
  { keys: '/', does: 'Find a job: by its id, or by its record' },
  { keys: 'j k', does: 'To the next or the previous line of a list; Enter opens it' },
  { keys: 'n p', does: 'To the next or the previous page of a list' },
  { keys: 'r', does: 'Ask the API again now' },
  { keys: '?', does: 'This help' },
  { keys: 'Esc', does: 'Close a dialog; nothing is done' },
]

const places: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(screens.map(({ key, path }) => [key, path ? [path] : []])),
  r: ['runbook'],
}

/** How long after `g` the second key may come, in ms. */
const pause = 1_200

export function useShortcuts(help: () => void): void {
  useEffect(() => {
    const acts: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
      '?': help,
      r: refreshNow,
      '/': focusSearch,
      j: () => step(1),
      k: () => step(-1),
      n: () => turn('next'),
      p: () => turn('back'),
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

/** Moves the focus among what opens the lines of the lists on the screen. */
function step(by: number): void {
  const lines = [...document.querySelectorAll<HTMLElement>('main .group-link, main .list .identity a')]
  const at = lines.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? lines[by > 0 ? 0 : lines.length - 1] : lines[at + by]
  next?.focus()
}

function turn(way: 'next' | 'back'): void {
  document.querySelector<HTMLButtonElement>(`main .pager .${way}`)?.click()
}

/** Someone is typing, a dialog is open, or the browser itself is meant. */
function isForOthers({ ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return true
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]')
}
