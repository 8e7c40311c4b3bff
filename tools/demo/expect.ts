import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

/** Something that should have happened did not. */
export class NotSo extends Error {
  override readonly name = 'NotSo'
}

export function must(what: string, holds: boolean, seen?: unknown): void {
  if (!holds) throw new NotSo(`${what}${seen === undefined ? '' : `; seen: ${inspect(seen, { breakLength: 120 })}`}`)
}

/**
 * Looks until what it sees is as wanted.
 *
 * @param onChange is called with every state that differs from the one before
 */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  onChange: (seen: T) => void = () => {},
): Promise<T> {
  const end = Date.now() + 60_000
  let before = ''
  for (;;) {
    const seen = await look()
    const now = JSON.stringify(seen)
    if (now !== before) onChange(seen)
    before = now
    if (wanted(seen)) return seen
    must(`within a minute: ${what}`, Date.now() < end, seen)
    await sleep(150)
  }
}
