/** Effects as a list reads them: what stands in one of them must not take the list away from the others. */
import type { Effect } from '../effect.ts'

const texts = [
  ...['type', 'lane', 'createdAt', 'owner', 'waitingSince', 'throttledSince', 'deadLetterAt', 'startedAt'],
  ...['finishedAt', 'lastError', 'result', 'failing', 'failingAt', 'replayedAs'],
]
const numbers = ['leaseUntil', 'notBefore', 'attempts', 'budget', 'givenBack', 'deaths', 'expiresAt']

const isOdd = ([name, value]: [string, unknown]) =>
  (texts.includes(name) && typeof value !== 'string') || (numbers.includes(name) && !Number.isFinite(value))

/** The effect without attributes of a wrong type, which another version or a person with the AWS console has left there. */
export function readableEffect<E extends Pick<Effect, 'type' | 'lastError'>>(effect: E): E {
  const attributes = Object.entries(effect)
  if (!attributes.some(isOdd)) return effect
  return Object.fromEntries(attributes.filter((attribute) => !isOdd(attribute))) as unknown as E
}
