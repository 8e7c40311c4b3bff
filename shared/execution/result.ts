/** The result of a job, as it is stored with the completion. */
import { ChangeRefusedError } from '../define/errors.ts'
import { jsonFlaw } from '../lib/json-exact.ts'
import { utf8 } from '../lib/write.ts'

/** Bytes of the JSON text. */
const longestResult = 4_096

/** The JSON text of a result; `undefined` if there is none. @throws ChangeRefusedError when it cannot be stored as it is */
export function resultText(type: string, result: unknown): string | undefined {
  if (result === undefined) return undefined
  const flaw = jsonFlaw(result)
  if (flaw) throw new ChangeRefusedError(`the result of "${type}"${flaw.path && `, at ${flaw.path},`} ${flaw.message}`)
  const text = JSON.stringify(result)
  if (utf8(text) <= longestResult) return text
  throw new ChangeRefusedError(
    `the result of "${type}" has ${utf8(text)} bytes of JSON, and at most ${longestResult} fit: return what is needed of it, or write a record and return its id`,
  )
}
