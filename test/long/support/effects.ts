/** The effects of jobs on a stack of its own. */
import { eventually } from '../../e2e/support/eventually.ts'
import { type Item, readTable } from '../../harness/chaos/tables.ts'

/** The effects of some jobs, as they are now. */
export async function effectsOf(awsUrl: string, ids: readonly string[]): Promise<Item[]> {
  const wanted = new Set(ids)
  return (await readTable(awsUrl, 'effects')).filter(({ pk }) => wanted.has(String(pk)))
}

export const hasSucceeded = ({ state }: Item) => state === 'succeeded'

/** How jobs ended and in how many attempts, each way once. */
export const ends = (effects: readonly Item[]) => new Set(effects.map(({ state, attempts }) => `${state} ${attempts}`))

/** Waits until all of some jobs have succeeded. @returns their effects */
export const allSucceed = (awsUrl: string, ids: readonly string[]) =>
  eventually(
    `${ids.length} jobs succeeded`,
    () => effectsOf(awsUrl, ids),
    (effects) => effects.filter(hasSucceeded).length === ids.length,
    { within: 200_000, every: 1_000 },
  )
