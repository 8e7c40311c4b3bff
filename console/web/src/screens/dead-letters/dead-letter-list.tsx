import type { DeadLetter, DeadLetters } from '../../api/types.ts'
import { Empty } from '../../components/note.tsx'
import { Pager, type Pages } from '../../components/pages.tsx'
import { Panel } from '../../components/panel.tsx'
import { count } from '../../components/words.ts'
import { DeadLetterTable } from './dead-letter-table.tsx'
import type { ErrorKey } from './load-dead-letters.ts'

interface Props {
  readonly data: DeadLetters
  readonly pages: Pages
  readonly total: number
  /** When the list is narrowed to one error. */
  readonly wanted: ErrorKey | undefined
  readonly onReplay: (letter: DeadLetter) => void
}

export function DeadLetterList({ data, pages, total, wanted, onReplay }: Props) {
  const deadLetters = data.deadLetters
  const { from } = pages
  const [first, last] = [from + Math.min(1, deadLetters.length), from + deadLetters.length]
  const all = count(Math.max(total, last))
  const shown = `${count(first)}–${count(last)} of ${data.groupsComplete === false ? `more than ${all}` : all}`
  return (
    <Panel title={wanted ? 'Dead letters of this error' : 'List of dead letters'} about="oldest first">
      {deadLetters.length > 0 ? (
        <DeadLetterTable deadLetters={deadLetters} onReplay={onReplay} />
      ) : (
        <Empty title="Nothing more here.">
          <p>Choose another error above, or go back.</p>
        </Empty>
      )}
      <Pager pages={pages} next={data.next} length={deadLetters.length} shown={shown} />
    </Panel>
  )
}
