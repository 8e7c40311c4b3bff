import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { refusals } from './permissions.ts'

export interface Patience {
  /** ms. */
  readonly within?: number
  /** Between the first two looks, ms; later ones are further apart, up to a second, to leave the stack its cores. */
  readonly every?: number
}

/**
 * Looks until what it sees is as wanted, and gives that back.
 *
 * @param what names the condition, for the error
 * @throws with the last state when the time is over
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  { within = 60_000, every = 100 }: Patience = {},
): Promise<T> {
  const until = Date.now() + within
  for (let pause = every; ; pause = Math.max(every, Math.min(pause * 1.3, 1_000))) {
    const seen = await look()
    if (wanted(seen)) return seen
    if (Date.now() > until) {
      throw new Error(
        [`not within ${within / 1000} s: ${what}. Last seen: ${show(seen)}`, ...(await refused())].join('\n'),
      )
    }
    await sleep(pause)
  }
}

/** The usual reason why something never comes: a function may not do what it must. */
async function refused(): Promise<string[]> {
  const awsUrl = process.env.AWS_ENDPOINT_URL
  return awsUrl ? refusals(awsUrl).catch(() => []) : []
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: 120, maxArrayLength: 20 })
}
