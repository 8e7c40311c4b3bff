import type { Lane, Stats } from '../../api/types.ts'
import { href } from '../../nav/place.ts'
import { Icon } from '../../parts/icon.tsx'
import { many } from '../../parts/words.ts'

interface Props {
  readonly stats: Stats
  readonly lanes: readonly Lane[]
}

/** The first thing to read: is something wrong, in one sentence. */
export function Verdict({ stats: { jobs, lanes: depths }, lanes }: Props) {
  const paused = lanes.filter(({ state }) => state === 'paused').map(({ name }) => name)
  const letters = depths.reduce((sum, lane) => sum + lane.dead, 0)
  if (jobs.dead > 0) {
    return (
      <a class="verdict bad" href={href(['dead-letters'])}>
        <Icon name="dead" />
        <span>
          <strong>
            {many(jobs.dead, 'job')} {jobs.dead === 1 ? 'is' : 'are'} dead and {jobs.dead === 1 ? 'needs' : 'need'} you.
          </strong>{' '}
          Look at the errors, mend the cause, then redrive.
        </span>
      </a>
    )
  }
  if (paused.length > 0) {
    return (
      <p class="verdict warn">
        <Icon name="pause" />
        <span>
          <strong>
            {paused.length === 1 ? 'The lane' : 'The lanes'} {paused.join(', ')} {paused.length === 1 ? 'is' : 'are'}{' '}
            paused.
          </strong>{' '}
          Jobs wait there until you resume it; none is lost.
        </span>
      </p>
    )
  }
  if (letters > 0) return <UnreadableLetters letters={letters} />
  return jobs.retrying > 0 ? <Retrying count={jobs.retrying} /> : <AllQuiet />
}

function UnreadableLetters({ letters }: { readonly letters: number }) {
  return (
    <p class="verdict warn">
      <Icon name="letters" />
      <span>
        <strong>{many(letters, 'message')} in dead-letter queues, but no job is dead.</strong> They are leftovers of
        jobs that went on, or no jobs at all: look at them in the SQS console.
      </span>
    </p>
  )
}

function Retrying({ count }: { readonly count: number }) {
  return (
    <a class="verdict warn" href={href(['jobs'], { status: 'retrying' })}>
      <Icon name="retry" />
      <span>
        <strong>
          {many(count, 'job')} {count === 1 ? 'is' : 'are'} being retried.
        </strong>{' '}
        None is dead; {count === 1 ? 'it is tried again by itself' : 'they are tried again by themselves'}.
      </span>
    </a>
  )
}

function AllQuiet() {
  return (
    <p class="verdict good">
      <Icon name="done" />
      <span>
        <strong>All is well.</strong> No job is dead or being retried, and no lane is paused.
      </span>
    </p>
  )
}
