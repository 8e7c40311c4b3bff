/** docs/operations.md as the build cut it up: the runbook is at hand also where the network is what broke. */
import sections from '../../../../docs/operations.md'

export interface Section {
  /** Its heading's anchor: `dead-letters`. */
  readonly id: string
  readonly title: string
  readonly html: string
}

export const runbook: readonly Section[] = sections

export function isInRunbook(id: string): boolean {
  return runbook.some((section) => section.id === id)
}
