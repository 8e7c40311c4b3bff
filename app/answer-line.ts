import type { PostAnswer } from 'outbox-relay'

/** What a server answered, in one line for the job's last error: whoever looks at the job sees why it was refused. */
export function answerLine(url: string, { status, text }: PostAnswer): string {
  const said = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  // Only the origin: path and query of somebody's address may hold a token.
  return `${new URL(url).origin} answered ${status}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
}

export function isSuccess({ status }: PostAnswer): boolean {
  return status >= 200 && status < 300
}
