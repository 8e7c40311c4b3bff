/**
 * Answers a question from memory, for some ms after it was answered. `key` names the question.
 *
 * @param ms how long the answer is kept; a function of the answer, where that decides how old it may get
 */
export type Cache = <V>(key: string, ms: number | ((answer: V) => number), ask: () => Promise<V>) => Promise<V>

interface Kept {
  /** The key is always the same question, so the answer is of that question's type. */
  readonly answer: Promise<unknown>
  /** ms; without end while it is asked. */
  until: number
}

/**
 * A cache of one process. AWS asks a price for what is read or takes few calls a second, and a console that is open asks
 * every few seconds. A question that failed is asked again.
 */
export function createCache(now: () => number): Cache {
  const answers = new Map<string, Kept>()
  return async (key, ms, ask) => {
    for (const [name, { until }] of answers) if (until <= now()) answers.delete(name)
    const known = answers.get(key)
    if (known) return known.answer as ReturnType<typeof ask>
    const answer = ask()
    const kept: Kept = { answer, until: Number.POSITIVE_INFINITY }
    answers.set(key, kept)
    try {
      const found = await answer
      kept.until = now() + (typeof ms === 'number' ? ms : ms(found))
      return found
    } catch (error) {
      answers.delete(key)
      throw error
    }
  }
}
