/** Checks of what an item of a record has beside its fields: its key, its list and when it expires. */
import { utf8 } from '../../lib/write.ts'
import { ChangeRefusedError } from '../errors.ts'
import type { Refuse } from './stored-value.ts'
import type { RecordType } from './type.ts'

/** Bytes of the parts of a key, as DynamoDB limits them. A key of the index `listed` is one of these, too. */
export const longest = { partition: 2_048, sort: 1_024 } as const

export function checkedList(list: string, refuse: Refuse): string {
  checkKeyPart('its list', list, longest.partition, refuse)
  return list
}

export function checkKeyPart(what: string, text: unknown, bytes: number, refuse: Refuse): void {
  if (typeof text !== 'string') refuse([], `${what} is a value of type ${typeof text}, not a text`)
  else if (text === '') refuse([], `${what} is empty`)
  else if (!text.isWellFormed()) refuse([], `${what} has half of a surrogate pair`)
  else if (utf8(text) > bytes) refuse([], `${what} has ${utf8(text)} bytes; at most ${bytes} are allowed`)
}

/** Calls a function of a record type; what it throws for these values, it throws each time. */
export function called<T>(call: () => T, name: string, refuse: Refuse): T {
  try {
    return call()
  } catch (error) {
    return refuse([], `${name}() threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`)
  }
}

/** Seconds since the epoch at the end of the year 2500. Milliseconds lie far beyond it. */
const latestExpiry = 16_756_761_600

export function checkExpiry({ expiresAt }: { readonly expiresAt?: unknown }, refuse: Refuse): void {
  if (expiresAt === undefined || expiresAt === null) return
  const seconds = Number(expiresAt)
  if (Number.isInteger(seconds) && seconds >= 0 && seconds < latestExpiry) return
  refuse(
    ['expiresAt'],
    'must be whole seconds since the epoch, before the year 2501 (Math.ceil(date.getTime() / 1000)); DynamoDB deletes by it',
  )
}

export function refuseFor({ name }: Pick<RecordType<never, never>, 'name'>): Refuse {
  return (steps, message) => {
    const path = steps.map(String).join('.')
    const text = `record "${name}": ${path === '' ? message : `${path}: ${message}`}`
    throw new ChangeRefusedError(text, { problems: [{ path, message }] })
  }
}
