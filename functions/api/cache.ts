/** Answers a question from memory, for some ms after it was asked. `key` names the question. */
export type Cache = <V>(key: string, ms: number, ask: () => Promise<V>) => Promise<V>

/**
 * A cache of one process. CloudWatch asks a price for every metric that is read, and a console that is open asks every
 * few seconds. A question that failed is asked again.
 */
export function createCache(now: () => number): Cache {
  const answers = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>()
  return (key, ms, ask) => {
    const known = answers.get(key)
    // The same key is always the same question, so its answer is of that question's type.
    if (known && known.until > now()) return known.answer as ReturnType<typeof ask>
    const answer = ask()
    answers.set(key, { until: now() + ms, answer })
    answer.catch(() => answers.delete(key))
    return answer
  }
}
