/** docs/operations.md as the build cut it up: the runbook is at hand also where the network is what broke. */

import chapters from '../../../../docs/operations.md'
import type { Chapter } from '../../../build-chapters.ts'

export const runbook: readonly Chapter[] = chapters

export function isInRunbook(id: string): boolean {
  return runbook.some((chapter) => chapter.id === id)
}
