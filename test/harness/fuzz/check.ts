/** Whether an answer is one that the document promises. */
import * as z from 'zod'
import type { Operation } from './requests.ts'
import type { Schema } from './schema.ts'
import type { FuzzAnswer } from './send.ts'

/** What the gateway in front of the API refuses by itself, in words of its own: `{"message": "…"}`. */
const gatewayStatuses = [400, 404, 413, 414, 431]
const gatewayBody = z.strictObject({ message: z.string() })

export type Check = (
  operations: readonly Operation[],
  operation: Operation,
  method: string,
  answer: FuzzAnswer,
) => string | undefined

/** @returns what is wrong with the answer; `undefined` if nothing is */
export function createCheck(): Check {
  const validators = new Map<Schema, z.ZodType>()
  const problemsOf = (schema: Schema, value: unknown) => {
    const validator = validators.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
    validators.set(schema, validator)
    const parsed = validator.safeParse(value)
    return parsed.success ? undefined : z.prettifyError(parsed.error)
  }

  return (operations, asked, method, answer) => {
    const { status, type, text } = answer
    const body = parsed(text)
    if (status >= 500 || body === invalid) return `answered ${status}: ${text.slice(0, 300)}`
    if (gatewayStatuses.includes(status) && gatewayBody.safeParse(body).success) return undefined
    const operation = operations.find((one) => one.path === asked.path && one.method === method)
    const documented = operation ? Object.keys(operation.responses).map(Number) : [404, 405]
    if (!documented.includes(status)) return `answered ${status}, which is not documented: ${text.slice(0, 300)}`
    if (status >= 400) return problemOf(status, type, body)
    const schema = operation?.responses[status]
    const wrong = schema && problemsOf(schema, body)
    return wrong && `answered ${status} with a body that does not fit its schema: ${wrong}\n${text.slice(0, 300)}`
  }
}

const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
})

function problemOf(status: number, type: string, body: unknown): string | undefined {
  if (type !== 'application/problem+json') return `answered ${status} as ${type}, not as application/problem+json`
  const read = problem.safeParse(body)
  if (!read.success) return `answered ${status} with what is no problem of RFC 9457: ${z.prettifyError(read.error)}`
  if (read.data.status !== status) return `answered ${status} with a problem that says ${read.data.status}`
  return /\n\s+at |node_modules|\.ts:\d/.test(read.data.detail) ? `answered ${status} with a stack trace` : undefined
}

const invalid = Symbol('not JSON')

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return invalid
  }
}
