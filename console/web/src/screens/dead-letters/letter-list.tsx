import type { DeadLetter } from '../../api/types.ts'
import { Empty } from '../../parts/note.tsx'
import { Pager, type Pages } from '../../parts/pages.tsx'
import { Panel } from '../../parts/panel.tsx'
import { count } from '../../parts/words.ts'
import { LetterTable } from './letter-table.tsx'
import { type LettersPage, pageSize } from './letters.ts'
import type { ErrorKey } from './letters-of.ts'

interface Props {
  readonly data: LettersPage
  readonly pages: Pages
  readonly total: number
  /** When the list is narrowed to one error. */
  readonly wanted: ErrorKey | undefined
  readonly onReplay: (letter: DeadLetter) => void
}

export function LetterList({ data, pages, total, wanted, onReplay }: Props) {
  const letters = data.deadLetters
  const from = pages.number * pageSize
  const shown = wanted
    ? `Page ${pages.number + 1}: ${count(letters.length)} of ${count(total)}`
    : `${count(from + Math.min(1, letters.length))}–${count(from + letters.length)} of ${count(Math.max(total, from + letters.length))}`
  return (
    <Panel title={wanted ? 'Letters of this error' : 'Letters'} about="oldest first">
      {letters.length > 0 ? (
        <LetterTable letters={letters} onReplay={onReplay} />
      ) : (
        <Empty title={wanted ? `None among the ${count(data.searched)} letters looked through.` : 'Nothing more here.'}>
          <p>{data.next ? 'Go on with Next.' : 'Choose another error above, or go back.'}</p>
        </Empty>
      )}
      <Pager pages={pages} next={data.next} shown={shown} />
    </Panel>
  )
}
