/** Another one begins in each round. */
export function inTurn<T>(list: readonly T[], round: number): T[] {
  const start = ((round % list.length) + list.length) % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

/**
 * Rounds in which all that are compared take part, in one process and in turn, so that whatever slows the machine slows all
 * alike. A first round only warms up.
 */
export async function contest<N extends string, R>(
  rounds: number,
  say: (line: string) => void,
  play: (round: number) => Promise<Record<N, R>>,
): Promise<Record<N, R[]>> {
  await play(-1)
  const results: Partial<Record<N, R[]>> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, result] of Object.entries(await play(round)) as [N, R][]) {
      const list = results[name] ?? []
      results[name] = [...list, result]
    }
    say(`round ${round + 1} of ${rounds}`)
  }
  return results as Record<N, R[]>
}
