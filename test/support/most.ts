/** Most times in any window. @param windowMs the first and the last time in a window may be so far apart */
export function most(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  let [first, highest] = [0, 0]
  for (const [last, time] of sorted.entries()) {
    while ((sorted[first] as number) < time - windowMs) first++
    highest = Math.max(highest, last - first + 1)
  }
  return highest
}
