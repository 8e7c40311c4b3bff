import type { DeadLetter } from '../../api/types.ts'
import { Time } from '../../components/time.tsx'
import { href } from '../../nav/route.ts'

interface Props {
  readonly letters: readonly DeadLetter[]
  readonly onReplay: (letter: DeadLetter) => void
}

export function LetterTable({ letters, onReplay }: Props) {
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
        {letters.map((letter) => (
          <tr key={letter.id}>
            <td>
              <Time at={letter.diedAt} />
            </td>
            <td class="identity">
              <a href={href(['jobs', letter.id])}>
                {letter.type} <code>{letter.id}</code>
              </a>
            </td>
            <td data-label="Lane">{letter.lane}</td>
            <td data-label="Attempts">{letter.attempts}</td>
            <td class="error">{letter.error}</td>
            <td>
              <button type="button" onClick={() => onReplay(letter)}>
                Replay …<span class="visually-hidden"> {letter.id}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
