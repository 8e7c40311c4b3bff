import { exit, Failure } from '../../api-client/failure.ts'
import type { Ports } from '../ports.ts'

/** Reads a payload that was given as JSON, or as `-` for JSON on stdin. */
export async function readPayload(text: string, { stdin }: Pick<Ports, 'stdin'>): Promise<unknown> {
  const isPiped = text === '-'
  return parsePayload(isPiped ? await stdin.text() : text, isPiped ? 'What came on stdin' : 'The payload')
}

export function parsePayload(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Failure(
      exit.usage,
      `${what} is not JSON (${(error as Error).message}). Write it like '{"key":"value"}', in single quotes`,
    )
  }
}
