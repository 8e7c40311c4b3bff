import type { JobDetail, JobReceipt, JobStatus } from '../../../functions/api/routes/jobs/schemas.ts'
import { type Api, api } from './api.ts'
import { eventually, type Patience } from './eventually.ts'

export type { JobReceipt as Receipt, JobStatus as Status }

/** A job whose payload is an object, as those of the sample are. */
export type Job = JobDetail & { readonly payload: Readonly<Record<string, unknown>> }

export interface ProbeOptions {
  readonly key: string
  readonly label?: string
  readonly workMs?: number
  readonly failAttempts?: number
  readonly crashAttempts?: number
  readonly hangAttempts?: number
  readonly permanent?: boolean
  readonly limit?: string
  readonly progress?: readonly number[]
  readonly result?: unknown
  readonly unique?: string
}

export interface JobOptions {
  readonly lane?: string
  readonly group?: string
  readonly tenant?: string
  readonly delaySeconds?: number
  readonly runAt?: string
}

export const probeJob = (payload: ProbeOptions, options: JobOptions = {}) => ({ type: 'probe', payload, ...options })

/** Posts a job and gives its id back; throws unless it was accepted. */
export async function postJob(job: object, { post }: Pick<Api, 'post'> = api): Promise<string> {
  const { status, body } = await post<JobReceipt>('/jobs', job)
  if (status !== 202) throw new Error(`POST /jobs answered ${status}: ${JSON.stringify(body)}`)
  return body.id
}

/** Posts 1 to 100 jobs in one request and gives their ids back. */
export async function postBatch(jobs: readonly object[], { post }: Pick<Api, 'post'> = api): Promise<string[]> {
  const { status, body } = await post<{ jobs: JobReceipt[] }>('/job-batches', { jobs })
  if (status !== 202) throw new Error(`POST /job-batches answered ${status}: ${JSON.stringify(body)}`)
  return body.jobs.map(({ id }) => id)
}

export async function getJob(id: string, { get }: Pick<Api, 'get'> = api): Promise<Job> {
  const { status, body } = await get<Job>(`/jobs/${encodeURIComponent(id)}`)
  if (status !== 200) throw new Error(`GET /jobs/${id} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

/** Waits until a job is in one of some states, and gives it back. */
export function jobIs(id: string, states: JobStatus | readonly JobStatus[], patience: Patience = {}, from: Api = api) {
  const wanted = [states].flat()
  return eventually(
    `job ${id} is ${wanted.join(' or ')}`,
    () => getJob(id, from),
    ({ status }) => wanted.includes(status),
    patience,
  )
}

/** The same for many jobs; a few are looked at at a time. Gives them back in their order. */
export async function jobsAre(
  ids: readonly string[],
  states: JobStatus | readonly JobStatus[],
  patience: Patience = {},
  from: Api = api,
): Promise<Job[]> {
  const jobs: Job[] = []
  let next = 0
  const watcher = async () => {
    for (let i = next++; i < ids.length; i = next++) jobs[i] = await jobIs(ids[i] ?? '', states, patience, from)
  }
  await Promise.all(Array.from({ length: 4 }, watcher))
  return jobs
}

export interface Probe {
  readonly key: string
  readonly count: number
  readonly labels: readonly string[]
}

export async function probe(key: string): Promise<Probe> {
  return (await api.get<Probe>(`/probes/${encodeURIComponent(key)}`)).body
}

/** Waits until the probes of a key have had at least so many effects, and gives the record back. */
export function probeCounts(key: string, count: number, patience: Patience = {}): Promise<Probe> {
  return eventually(
    `probe ${key} counts ${count}`,
    () => probe(key),
    (seen) => seen.count >= count,
    patience,
  )
}
