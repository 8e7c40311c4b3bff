import { availableParallelism } from 'node:os'

/**
 * Invocations of one function that run side by side. AWS has up to 1,000 and more; here each is a process, so that twice the
 * cores, but 4 at least and 10 at most, is what a machine bears. More would take longer to start than the others to finish.
 */
export function maxSideBySide(cores: number = availableParallelism()): number {
  return Math.min(10, Math.max(4, 2 * cores))
}
