import type { DeadLetter } from '../../api/types.ts'
import { Time } from '../../components/time.tsx'
import { href } from '../../nav/route.ts'

interface Props {
  readonly deadLetters: readonly DeadLetter[]
  readonly onReplay: (letter: DeadLetter) => void
}

export function DeadLetterTable({ deadLetters, onReplay }: Props) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Died</th>
          <th scope="col">Job</th>
          <th scope="col">Lane</th>
          <th scope="col">Attempts</th>
          <th scope="col">Error</th>
          <th scope="col">
            <span class="visually-hidden">Act</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {deadLetters.map((deadLetter) => (
          <tr key={deadLetter.id}>
            <td>
              <Time at={deadLetter.diedAt} />
            </td>
            <td class="identity">
              <a href={href(['jobs', deadLetter.id])}>
                {deadLetter.type} <code>{deadLetter.id}</code>
              </a>
            </td>
            <td data-label="Lane">{deadLetter.lane}</td>
            <td data-label="Attempts">{deadLetter.attempts}</td>
            <td class="error">{deadLetter.error}</td>
            <td>
              <button type="button" onClick={() => onReplay(deadLetter)}>
                Replay …<span class="visually-hidden"> {deadLetter.id}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
