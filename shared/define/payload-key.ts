/** Keys that a job type reads from a payload: of its rate limit, and of its unique jobs. */
import { shown } from './options.ts'

/** Bytes. */
const longestKey = 128

/**
 * The key that an option of a job type reads from a payload; `undefined` if it reads none.
 *
 * @param option name of the option, for the message
 * @throws Error when the key is not valid, with the reason
 */
export function readKey(
  option: string,
  read: ((payload: never) => string | undefined) | undefined,
  payload: unknown,
): string | undefined {
  const key = read?.(payload as never)
  if (key === undefined) return undefined
  if (typeof key === 'string' && key !== '' && key.isWellFormed() && Buffer.byteLength(key) <= longestKey) return key
  throw new Error(
    `${option}.key() returned ${shown(key)}; it must return a text of 1 to ${longestKey} bytes, or undefined`,
  )
}
