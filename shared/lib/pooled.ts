/** Runs work over a list, `width` at the same time, and gives the results in the order of the list. */
export async function pooled<T, R>(list: readonly T[], width: number, work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length)
  let next = 0
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i] as T)
  }
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, worker))
  return results
}
