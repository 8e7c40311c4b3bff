import { create, recordWrite } from '../../shared/define/record.ts'
import { action } from '../../shared/recovery/action.ts'
import type { ApiDeps } from './deps.ts'
import type { RouteRequest } from './route-request.ts'

/** Records an action of an operator before it is done, and returns who does it when. What cannot be recorded is not done. */
export async function audit(
  { store, ids, clock, logAction }: ApiDeps,
  { caller }: RouteRequest,
  what: string,
  detail: string,
): Promise<{ readonly by: string; readonly at: string }> {
  const entry = { id: ids.fresh(), at: clock.now().toISOString(), by: caller, action: what, detail }
  await store.write(recordWrite(create(action, entry)))
  logAction(entry)
  return entry
}
