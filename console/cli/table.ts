import Table from 'cli-table3'
import type { Style } from './output.ts'
import { type Paint, plain } from './output.ts'

export type Cell = string | number | undefined

const none = Object.fromEntries(
  'top,top-mid,top-left,top-right,bottom,bottom-mid,bottom-left,bottom-right,left,left-mid,mid,mid-mid,right,right-mid'
    .split(',')
    .map((place) => [place, '']),
)

/**
 * Rows in columns, without lines, so that `grep` and `awk` can read them too. Numbers stand on the right. When the table
 * is wider than the terminal its last column is cut.
 *
 * @param style how a cell is painted, by its column and text
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  columns: number,
  style: (head: string, text: string) => Parameters<Paint>[0] | undefined = () => undefined,
): string {
  const texts = rows.map((row) => row.map((cell) => plain(cell === undefined ? '–' : String(cell))))
  const widths = heads.map((head, i) => Math.max(head.length, ...texts.map((row) => row[i]?.length ?? 0)))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const last = Math.max(columns - before, 20)
  const drawn = new Table({
    head: heads.map((head) => paint('bold', head)),
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: heads.map((_, i) => (rows.length > 0 && rows.every((row) => isNumber(row[i])) ? 'right' : 'left')),
  })
  for (const row of texts) {
    drawn.push(
      row.map((text, i) => painted(i === heads.length - 1 ? cut(text, last) : text, style(heads[i] ?? '', text))),
    )
  }
  return drawn.toString().replace(/ +$/gm, '')

  function painted(text: string, with_: Parameters<Paint>[0] | undefined) {
    return with_ ? paint(with_, text) : text
  }
}

const isNumber = (cell: Cell) => typeof cell === 'number' || cell === undefined

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text
}

const styles: Readonly<Record<string, Style>> = {
  dead: 'red',
  paused: 'yellow',
  changing: 'yellow',
  retrying: 'yellow',
  running: 'cyan',
  succeeded: 'green',
  cancelled: 'dim',
  open: 'yellow',
  finished: 'yellow',
}

/** For the columns that hold a status. */
export function statusStyle(head: string, text: string): Style | undefined {
  return head === 'STATUS' || head === 'STATE' ? styles[text] : undefined
}
