import { type Batch, batchView } from '../../../functions/api/routes/batches/schemas.ts'
import type { Api } from '../../api-client/client.ts'
import { command, dryRun, type Paint, plain } from '../output.ts'
import type { Action } from '../session.ts'
import { statusStyle, table } from '../table.ts'
import { short } from '../time.ts'
import { bar } from './batches-ls.ts'
import { label } from './jobs-get.ts'

export function batchPath(id: string, part?: 'jobs' | 'seal'): string {
  return `/batches/${encodeURIComponent(id)}${part ? `/${part}` : ''}`
}

export const getBatch: Action = async ({ args: [id = ''], api }) => {
  const client = await api()
  const batch = await client.get(batchView, batchPath(id))
  return { json: batch, text: (paint, columns) => [view(batch, paint, columns), ...advice(batch, client)].join('\n\n') }
}

export const sealBatch: Action = async ({ args: [id = ''], options, api, endpoint }) => {
  const path = batchPath(id, 'seal')
  if (options.dryRun) return dryRun('POST', path, await endpoint())
  const json = await (await api()).post(batchView, path)
  return {
    json,
    text: (paint, columns) =>
      `${paint('green', '✓')} Batch ${json.id} is sealed: it takes no more members.\n\n${view(json, paint, columns)}`,
  }
}

function view(batch: Batch, paint: Paint, columns: number): string {
  const style = statusStyle('STATUS', batch.status)
  const facts = {
    id: plain(batch.id),
    status: style ? paint(style, batch.status) : batch.status,
    members: `${bar(batch, 40)} ${batch.total}`,
    ...pick(batch, ['succeeded', 'dead', 'cancelled', 'pending']),
    createdAt: short(batch.createdAt),
    sealedAt: short(batch.sealedAt) ?? 'not sealed',
    finishedAt: short(batch.finishedAt),
    succeededAt: short(batch.succeededAt),
  }
  const lines = Object.entries(facts).filter(([, value]) => value !== undefined)
  const callbacks = [
    ...batch.callbacks.map(({ event, id, type }) => [event, 'caused', type, id]),
    ...batch.pendingCallbacks.map(({ event, type }) => [event, 'to come', type, undefined]),
  ]
  return [
    ...lines.map(([name, value]) => `${label(name, paint)}${value}`),
    ...(callbacks.length > 0 ? ['', table(['EVENT', 'CALLBACK', 'TYPE', 'JOB'], callbacks, paint, columns)] : []),
  ].join('\n')
}

function pick<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>
}

function advice({ id, status, dead, cancelled }: Batch, client: Api): string[] {
  return [
    ...(status === 'open'
      ? [`It may get more members. If it has all of them: ${command(`batches seal ${id}`, client)}`]
      : []),
    ...(dead > 0 ? [`Dead members: ${command(`batches jobs ${id} --status dead`, client)}`] : []),
    ...(cancelled > 0 ? [`Cancelled members: ${command(`batches jobs ${id} --status cancelled`, client)}`] : []),
  ]
}
