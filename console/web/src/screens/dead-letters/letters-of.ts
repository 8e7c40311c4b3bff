import type { DeadLetter, ErrorGroup } from '../../api/types.ts'

/** What tells one group from another. */
export type ErrorKey = Pick<ErrorGroup, 'type' | 'error'>

/** Whether a letter belongs to a group, whose error lacks what differs from one job to the next. */
export function isOf(group: ErrorKey, letter: Pick<DeadLetter, 'type' | 'error'>): boolean {
  return letter.type === group.type && withoutParticulars(letter.error) === group.error
}

/** As the API groups errors. */
function withoutParticulars(error: string): string {
  return error
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/[^\s@<>"']+@[^\s@<>"']+/g, '<address>')
    .replace(/\d{5,}/g, '<number>')
}
