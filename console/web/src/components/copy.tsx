import { say } from './announce.tsx'
import { Icon } from './icon.tsx'

/** A text in fixed width that one click copies. */
export function Copyable({ text, what }: { readonly text: string; readonly what: string }) {
  async function copy() {
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    )
    say(copied ? `Copied the ${what}.` : `The browser does not allow copying: select the ${what} by hand.`)
  }
  return (
    <span class="copyable">
      <code>{text}</code>
      <button type="button" class="plain" onClick={copy} aria-label={`Copy the ${what}`} title={`Copy the ${what}`}>
        <Icon name="copy" />
      </button>
    </span>
  )
}
