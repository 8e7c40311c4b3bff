import type { PostAnswer } from 'outbox-relay'

/** One line about a server's answer, for the last error of the job: it tells the operator why the server refused. */
export function answerLine(url: string, { status, text }: PostAnswer): string {
  const said = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  // Only the origin: the path and query of an address may hold a token.
  return `${new URL(url).origin} answered ${status}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
}

export function isSuccess({ status }: PostAnswer): boolean {
  return status >= 200 && status < 300
}
