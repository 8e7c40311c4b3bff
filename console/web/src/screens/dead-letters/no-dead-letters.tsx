import { Empty } from '../../components/note.tsx'

export function NoDeadLetters({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <Empty title="No dead letter matches this filter.">
      <p>Widen the time, take out the type, or clear the filter.</p>
    </Empty>
  ) : (
    <Empty title="No job is dead.">
      <p>
        When a job fails permanently, it appears here with its error, and the lane's alarm goes into ALARM. There is
        nothing to do now.
      </p>
    </Empty>
  )
}
