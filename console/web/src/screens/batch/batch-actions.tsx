import { useState } from 'preact/hooks'
import { api } from '../../api/api.ts'
import type { Batch } from '../../api/types.ts'
import { Confirm } from '../../components/confirm.tsx'
import { many } from '../../components/words.ts'
import { redriveDeadMembers } from './redrive-members.ts'

/** Seal an open batch, redrive the members that are dead. */
export function BatchActions({ batch: { id, status, total, dead } }: { readonly batch: Batch }) {
  const [asking, setAsking] = useState<'seal' | 'redrive'>()
  const close = () => setAsking(undefined)
  return (
    <>
      {status === 'open' && (
        <button type="button" onClick={() => setAsking('seal')}>
          Seal …
        </button>
      )}
      {dead > 0 && (
        <button type="button" onClick={() => setAsking('redrive')}>
          Redrive dead members …
        </button>
      )}
      {asking === 'seal' && (
        <Confirm
          title="Seal this batch?"
          verb="Seal the batch"
          act={() => api.seal(id)}
          done="The batch is sealed."
          onClose={close}
        >
          <p>
            It has {many(total, 'member')}, and gets no more: what adds to it later is refused. Its callbacks come once
            its members have ended. This cannot be undone.
          </p>
        </Confirm>
      )}
      {asking === 'redrive' && (
        <Confirm
          title={`Redrive ${many(dead, 'dead member')}?`}
          verb="Redrive them"
          act={() => redriveDeadMembers(id)}
          done="The dead members are on their lanes again."
          onClose={close}
        >
          <p>
            They go to their lanes again, each with a fresh budget of attempts. If the cause is not fixed, they will die
            again.
          </p>
        </Confirm>
      )}
    </>
  )
}
