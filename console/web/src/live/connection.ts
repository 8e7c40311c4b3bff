import type { Problem } from '../api/problem.ts'
import { createStore } from './store.ts'

export interface Connection {
  /** When the API last answered, in ms since the epoch by this machine's clock. */
  readonly answeredAt?: number
  /** Why it does not answer now, and since when. */
  readonly outage?: { readonly problem: Problem; readonly since: number }
}

export const connection = createStore<Connection>({})

export function reportAnswer(): void {
  connection.set({ answeredAt: Date.now() })
}

export function reportOutage(problem: Problem): void {
  const { answeredAt, outage } = connection.get()
  connection.set({
    answeredAt,
    outage: { problem, since: outage?.since ?? Date.now() },
  })
}
