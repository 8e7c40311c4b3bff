import type { Api } from '../api-client/client.ts'

/** The line below a page that is not the last. */
export function more(cursor: string | undefined, { place }: Api): string {
  return cursor === undefined
    ? ''
    : `\n\nThere are more: add --cursor ${cursor}${place.flags && ` (and ${place.flags})`}`
}

/** Another command on the same stack, to be copied. */
export function command(words: string, { place }: Api): string {
  return ['outbox', words, place.flags].filter(Boolean).join(' ')
}
