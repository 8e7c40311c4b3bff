import { join } from 'node:path'

/** A path from the root of the repository, wherever the app is started from. */
export function fromRoot(...path: string[]): string {
  return join(import.meta.dirname, '..', ...path)
}
