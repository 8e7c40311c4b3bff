import * as z from 'zod'
import { problemSchema } from '../../functions/api/problem-schema.ts'
import type { ApiEndpoint, ApiRequest } from './endpoint.ts'
import { exit, Failure } from './failure.ts'
import { parse } from './parse.ts'

const problem = problemSchema.pick({ detail: true, errors: true })
const gatewayMessage = z.object({ message: z.string() }).transform(({ message }) => message)

/** The one line for an answer that says no. */
export function refusal(status: number, text: string, request: ApiRequest, endpoint: ApiEndpoint): Failure {
  const body = parse(text)
  const told = problem.safeParse(body)
  // The API itself says which scope a token lacks; the gateway says nothing.
  if (status === 403 && told.success) return new Failure(exit.notAllowed, told.data.detail)
  if (status === 401 || status === 403) return notAllowed(gatewayMessage.safeParse(body).data ?? '', request, endpoint)
  const what = `${request.method} ${request.path.split('?')[0]} on ${endpoint.url}`
  if (!told.success) return foreign(status, what)
  const { detail, errors = [] } = told.data
  const details = errors
    .filter(({ message }) => !detail.includes(message))
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
  const line = details.length > 0 ? `${detail.replace(/: see errors\.$/, '')}: ${details.join('; ')}` : detail
  return new Failure(exit.refused, [line, next(status, request)].filter(Boolean).join(/[.!?]$/.test(line) ? ' ' : '. '))
}

function next(status: number, { path }: ApiRequest): string {
  if (status === 404 && path.startsWith('/jobs/')) return '`outbox jobs ls` and `outbox dlq ls` list failing jobs.'
  if (status === 404 && path.startsWith('/lanes/')) return '`outbox lanes ls` lists the lanes.'
  if (status === 409 && path.startsWith('/jobs/')) return `\`outbox jobs get ${path.split('/')[2]}\` shows it.`
  if (status === 429 || status === 503) return 'Try again in a moment; `outbox stats` shows how busy the lanes are.'
  if (status >= 500) return '`outbox doctor` may tell why.'
  return ''
}

function foreign(status: number, what: string): Failure {
  if (status === 429 || status >= 500)
    return new Failure(exit.refused, `${what} failed with ${status}. Try again; \`outbox doctor\` may tell why`)
  const next =
    'See that it is the API of an Outbox Relay of this version, or name another with --url, --stage or --stack'
  return new Failure(exit.refused, `${what} answered ${status}, and not as this API would. ${next}`)
}

/** API Gateway's own words for what is wrong with a signature are few; each wants something else done. */
function notAllowed(message: string, { method, path }: ApiRequest, endpoint: ApiEndpoint): Failure {
  const what = `${method} ${path.split('?')[0]} on ${endpoint.url} was refused`
  return new Failure(exit.notAllowed, `${what}${message && ` (${message})`}. ${remedy(message, method, endpoint)}`)
}

function remedy(message: string, method: string, endpoint: ApiEndpoint): string {
  if (/expired/i.test(message)) return 'Renew your credentials (`aws sso login`, or new keys) and repeat the command'
  if (!endpoint.sign)
    return 'The API wants to know who calls: name its stack with --stage or --stack, so that requests are signed, or set OUTBOX_TOKEN'
  if (!endpoint.hasToken && /security token|credential|signature/i.test(message))
    return 'AWS does not accept these credentials here: check --profile, --region and the clock of this machine'
  if (endpoint.hasToken)
    return `The token in OUTBOX_TOKEN does not open this: get one with the scope of the stage's ${method === 'GET' ? 'viewers' : 'operators'}`
  return method === 'GET'
    ? 'Your identity may not look at this stack: have its viewer policy attached to it, or choose another --profile'
    : 'Your identity may not act on this stack: have its operator policy attached to it, or choose another --profile'
}
