import { jobDetail, jobReceipt } from '../../../functions/api/routes/jobs/schemas.ts'
import type { Api } from '../../api-client/client.ts'
import { exit, Failure } from '../../api-client/failure.ts'
import { dryRun } from '../output.ts'
import type { Ports } from '../ports.ts'
import type { Action } from '../session.ts'
import { jobPath } from './job-actions.ts'
import { parsePayload, readPayload } from './payload.ts'

interface ReplayOptions {
  readonly payload?: string
  readonly edit?: boolean
  readonly idempotencyKey?: string
}

/** Runs a job again as it is, or a new job with another payload. */
export const replayJob: Action<ReplayOptions> = async ({ args: [id = ''], options, ports, api, endpoint }) => {
  const path = jobPath(id, 'replay')
  const isEdited = options.edit === true || options.payload !== undefined
  const payload = isEdited ? await newPayload(id, options, ports, api) : undefined
  if (options.dryRun) return dryRun('POST', path, await endpoint(), isEdited ? { payload } : undefined)
  const client = await api()
  if (!isEdited) {
    const json = await client.post(jobReceipt, path)
    return { json, text: (paint) => `${paint('green', '✓')} Job ${json.id} (${json.type}) runs again.` }
  }
  const key = options.idempotencyKey ?? ports.newId()
  const json = await client.post(jobReceipt, path, { payload }, { 'idempotency-key': key })
  const words = `Job ${json.id} (${json.type}) is ${json.status}, with the new payload. Job ${id} is cancelled.`
  return { json, text: (paint) => `${paint('green', '✓')} ${words}` }
}

async function newPayload(
  id: string,
  { payload, edit }: ReplayOptions,
  ports: Ports,
  api: () => Promise<Api>,
): Promise<unknown> {
  if (payload !== undefined && edit) throw new Failure(exit.usage, 'Give --payload or --edit, not both')
  return payload === undefined ? editedPayload(id, ports, await api()) : readPayload(payload, ports)
}

/** Hidden values stay as they are while their placeholders stay in place. */
async function editedPayload(id: string, ports: Ports, client: Api): Promise<unknown> {
  const { payload, payloadExpired } = await client.get(jobDetail, jobPath(id))
  if (payloadExpired) throw new Failure(exit.refused, `The payload of job "${id}" has expired: it cannot be replayed`)
  const before = `${JSON.stringify(payload, null, 2)}\n`
  const after = await ports.edit(before)
  if (after.trim() === before.trim())
    throw new Failure(
      exit.refused,
      'The payload was not changed, so nothing was sent. Without --edit the job runs again as it is',
    )
  return parsePayload(after, 'What you wrote')
}
