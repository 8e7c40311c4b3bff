import type { Api } from '../api-client/client.ts'

/** The line below a page that is not the last. */
export function more(cursor: string | undefined, { endpoint }: Api): string {
  return cursor === undefined
    ? ''
    : `\n\nThere are more: add --cursor ${cursor}${endpoint.flags && ` (and ${endpoint.flags})`}`
}

/** Another command on the same stack, to be copied. */
export function command(words: string, { endpoint }: Api): string {
  return ['outbox', words, endpoint.flags].filter(Boolean).join(' ')
}
