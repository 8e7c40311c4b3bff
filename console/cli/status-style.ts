import type { Style } from './output.ts'

const styles: Readonly<Record<string, Style>> = {
  dead: 'red',
  paused: 'yellow',
  changing: 'yellow',
  retrying: 'yellow',
  running: 'cyan',
  succeeded: 'green',
  cancelled: 'dim',
}

/** For the columns that hold a status. */
export function statusStyle(head: string, text: string): Style | undefined {
  return head === 'STATUS' || head === 'STATE' ? styles[text] : undefined
}
