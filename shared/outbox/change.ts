/** A change: the records and jobs that are written together. */
import type { JobRequest } from '../define/job.ts'
import type { RecordWrite } from '../define/record.ts'

/**
 * What a command or a job wants to be true: records written, jobs caused. It is only said here; one commit writes all
 * of it in one transaction, or nothing.
 */
export interface Change {
  readonly records?: readonly RecordWrite[]
  readonly jobs?: readonly JobRequest[]
}

/** Whether a value that came out of a job's `run` is a change. `undefined` is the empty change. */
export function isChange(value: unknown): value is Change | undefined {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { records, jobs, ...rest } = value as Record<string, unknown>
  return Object.keys(rest).length === 0 && isListOf(records, isRecordWrite) && isListOf(jobs, isJobRequest)
}

function isListOf(value: unknown, isElement: (element: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isElement))
}

function isRecordWrite(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('record' in value) || !('kind' in value)) return false
  return ['create', 'put', 'remove', 'update'].includes(value.kind as string)
}

function isJobRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('payload' in value) || !('job' in value)) return false
  return typeof value.job === 'object'
}
