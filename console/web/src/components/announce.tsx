import { useEffect } from 'preact/hooks'
import { createStore, useStore } from '../live/store.ts'

const news = createStore({ text: '', at: 0 })
/** How long news stay on the screen, in ms. */
const shownFor = 6_000

/** Tells what was done: on the screen for a moment, and to a screen reader. */
export function say(text: string): void {
  news.set({ text, at: Date.now() })
}

export function Announcer() {
  const { text, at } = useStore(news)
  useEffect(() => {
    if (!text) return
    const timer = setTimeout(() => news.set({ text: '', at: 0 }), shownFor)
    return () => clearTimeout(timer)
  }, [text, at])
  return (
    <div class="announcer" role="status">
      {text && <p>{text}</p>}
    </div>
  )
}
