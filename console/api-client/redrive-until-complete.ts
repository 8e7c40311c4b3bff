/** A redrive, call by call. Repeating it is safe: what went back already is no longer dead, and does not match again. */

/** Calls in a row that move nothing before the redrive stops. */
export const maxIdleCalls = 5
const idleDelay = 1_000

export interface Calls {
  /** One call of the API. */
  readonly send: () => Promise<{ readonly moved: number; readonly complete: boolean }>
  readonly sleep: (ms: number) => Promise<unknown>
  /** Is told after each call how many it moved. */
  readonly tell: (moved: number) => void
  /** Whether a person has stopped it. @default never */
  readonly stopped?: () => boolean
}

/** Calls until all is moved or a person stops it. `idle`: the API has not finished, and its last calls moved nothing. */
export async function redriveUntilComplete({
  send,
  sleep,
  tell,
  stopped = () => false,
}: Calls): Promise<'complete' | 'stopped' | 'idle'> {
  for (let idle = 0; !stopped(); ) {
    const { moved, complete } = await send()
    tell(moved)
    if (complete) return 'complete'
    idle = moved > 0 ? 0 : idle + 1
    if (idle === maxIdleCalls) return 'idle'
    if (idle > 0) await sleep(idleDelay)
  }
  return 'stopped'
}
