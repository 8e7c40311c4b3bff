import { api } from '../../api/api.ts'
import type { Batch as BatchView } from '../../api/types.ts'
import { Copyable } from '../../components/copy.tsx'
import { Fact } from '../../components/fact.tsx'
import { MembersBar } from '../../components/members-bar.tsx'
import { Empty } from '../../components/note.tsx'
import { Panel } from '../../components/panel.tsx'
import { Shown } from '../../components/shown.tsx'
import { State } from '../../components/state.tsx'
import { ExactTime } from '../../components/time.tsx'
import { many } from '../../components/words.ts'
import { Screen } from '../../frame/screen.tsx'
import { usePoll } from '../../live/poll.ts'
import { href } from '../../nav/route.ts'
import { BatchActions } from './batch-actions.tsx'
import { Callbacks } from './callbacks.tsx'
import { Members } from './members.tsx'

/** One batch: how far it is, what it causes, and its members. */
export function Batch({ id }: { readonly id: string }) {
  const polled = usePoll(`batch/${id}`, (signal) => api.batch(id, signal))
  const { data: batch, problem } = polled
  if (!batch && problem?.status === 404) return <NoBatch id={id} detail={problem.detail} />
  return (
    <Screen
      title="Batch"
      aside={batch && <State of={batch.status} />}
      actions={batch && <BatchActions batch={batch} />}
    >
      <Shown polled={polled}>
        {(batch) => (
          <div class="job">
            <BatchFacts batch={batch} />
            <Panel title="Progress" about={many(batch.total, 'member')}>
              <MembersBar of={batch} />
            </Panel>
            <Callbacks batch={batch} />
            <Members id={id} />
          </div>
        )}
      </Shown>
    </Screen>
  )
}

function BatchFacts({ batch }: { readonly batch: BatchView }) {
  const { id, createdAt, sealedAt, finishedAt, succeededAt } = batch
  return (
    <dl class="facts">
      <Fact name="Id">
        <Copyable text={id} what="id" />
      </Fact>
      <Fact name="Created">
        <ExactTime at={createdAt} />
      </Fact>
      <Fact name="Sealed">{sealedAt ? <ExactTime at={sealedAt} /> : 'no, it may get more members'}</Fact>
      {finishedAt && (
        <Fact name="Finished">
          <ExactTime at={finishedAt} />
        </Fact>
      )}
      {succeededAt && (
        <Fact name="Succeeded">
          <ExactTime at={succeededAt} />
        </Fact>
      )}
    </dl>
  )
}

function NoBatch({ id, detail }: { readonly id: string; readonly detail: string }) {
  return (
    <Screen title="No such batch">
      <Empty title={detail}>
        <p>
          Looked for <code>{id}</code>. See that the whole id was copied. All batches are in{' '}
          <a href={href(['batches'])}>the list</a>.
        </p>
      </Empty>
    </Screen>
  )
}
