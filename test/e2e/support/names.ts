import { randomBytes } from 'node:crypto'

/** A word that nobody else uses: all files work on one stack, and the stack may have been in use for long. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`
}

/** An address of its own. */
export function address(prefix = 'customer'): string {
  return `${unique(prefix)}@example.com`
}
