import { create, recordWrite } from '../../shared/define/record.ts'
import { action } from '../../shared/recovery/action.ts'
import type { ApiDeps } from './deps.ts'
import { type ApiRequest, callerOf } from './request.ts'

/** Notes what an operator is about to do, and says who does it when. If it cannot be noted, it is not done. */
export async function audit(
  { store, ids, clock, note }: ApiDeps,
  { event }: ApiRequest,
  what: string,
  detail: string,
): Promise<{ readonly by: string; readonly at: string }> {
  const entry = { id: ids.fresh(), at: clock.now().toISOString(), by: callerOf(event), action: what, detail }
  await store.write(recordWrite(create(action, entry)))
  note(entry)
  return entry
}
