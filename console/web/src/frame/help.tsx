import { Dialog } from '../components/dialog.tsx'
import { State } from '../components/state.tsx'
import { shortcuts } from '../nav/keys.ts'

const states = [
  ['scheduled', 'has a time, and it has not come'],
  ['pending', 'waits on its lane'],
  ['running', 'an attempt is at work'],
  ['retrying', 'failed, and is retried automatically'],
  ['succeeded', 'done; its effect happened'],
  ['dead', 'failed permanently: a person decides'],
  ['cancelled', 'stopped before it started'],
] as const

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" onClose={onClose}>
      <p>Looking changes nothing. Each button that acts asks before it does.</p>
      <h3>Keys</h3>
      <dl class="pairs">
        {shortcuts.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>States of a job</h3>
      <dl class="pairs">
        {states.map(([state, meaning]) => (
          <div key={state}>
            <dt>
              <State of={state} />
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
