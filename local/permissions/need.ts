import type { Context } from './conditions.ts'

/** What a call needs: for each entry one of the resources must be granted. */
export interface Need {
  readonly action: string
  /** Several where AWS accepts a grant on any of them: an SES identity is an address or its domain. */
  readonly resources: readonly string[]
  /** Beside what every request carries. Asked for only if a policy has conditions: it takes reading expressions. */
  readonly context: () => Context
}
