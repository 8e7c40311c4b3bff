import type { ProblemBody } from './types.ts'

/** What went wrong with a call, to show to a person. `status` is 0 when no answer came at all. */
export type Problem = Omit<ProblemBody, 'type'>

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return {
    status: -1,
    title: 'A fault of this console',
    detail: error instanceof Error ? error.message : String(error),
  }
}

/** Whether the service itself fails, rather than the request. */
export function isOutage({ status }: Problem): boolean {
  return status === 0 || status === 429 || status >= 500
}

/** What a refusal means to the person who is refused. */
const titles = {
  401: () => 'Your credentials were not accepted',
  403: (method: string) => (method === 'GET' ? 'You may not look at this' : 'You may look, but not do this'),
} as const

const hints: Readonly<Record<number, string>> = {
  401: 'Your credentials were not accepted: they may have expired. Renew them and start the console again.',
  403: 'Your credentials do not allow this. Ask for the operator policy of this stack, or for a token with its operator scope.',
  429: 'Too many requests: the API is throttling. The console asks again automatically.',
  502: 'The API gave no proper answer. The console asks again automatically.',
  503: 'The API is busy. The console asks again automatically.',
}

/** From an answer that is not a success; the API's own words where it has any. */
export async function problemOfResponse(response: Response, method: string): Promise<Problem> {
  const { status } = response
  const body: Partial<Problem> & { message?: string } = await response.json().catch(() => ({}))
  const detail = body.detail ?? hints[status] ?? body.message ?? `The API answered with status ${status}.`
  const title = status === 401 || status === 403 ? titles[status](method) : (body.title ?? response.statusText)
  return { status, title, detail, errors: body.errors }
}

export function noAnswer(error: unknown): Problem {
  const late = error instanceof Error && error.name === 'TimeoutError'
  return {
    status: 0,
    title: 'No answer',
    detail: late
      ? 'The API did not answer in time.'
      : 'The API cannot be reached. Is the stack up, and are you connected?',
  }
}
