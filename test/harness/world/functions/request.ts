import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import type { Change } from '../../../../shared/outbox/change.ts'
import type { RequestResult } from '../../../../shared/outbox/command-result.ts'
import { type CommandRequest, commitRequest } from '../../../../shared/outbox/commit-request.ts'
import { registry } from '../app.ts'
import type { Process } from '../process.ts'
import { adapters, type Stack } from '../stack.ts'

/** When a request to the API is given up. Seconds. */
export const apiTimeout = 29

/** A request to the API. */
export function request(stack: Stack, change: Change, asked: Omit<CommandRequest, 'now'>) {
  return async (process: Process): Promise<RequestResult> => {
    const { store, clock } = adapters(stack, process)
    const deps = { store, clock, ids: stack.ids, registry, outboxLifetime: lifetimes.outbox }
    return commitRequest(deps, { ...asked, now: clock.now() }, change)
  }
}
