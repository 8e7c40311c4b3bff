/** A change: the records and jobs that are written together. */
import { ChangeRefusedError } from '../define/errors.ts'
import type { Change, JobChange } from '../define/job-type.ts'
import { shown } from '../define/options.ts'

export type { Change, JobChange }

/** Whether a value that came out of a job's `run` is a change, with or without a result. `undefined` is the empty change. */
export function isJobChange(value: unknown): value is JobChange | undefined {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { result: _, ...change } = value as Record<string, unknown>
  return isChange(change)
}

/** @throws ChangeRefusedError when untyped code asks to commit what is not a change, such as one with a misspelt name */
export function refuseNoChange(value: unknown): void {
  if (!isChange(value))
    throw new ChangeRefusedError(`${whatIs(value)} is not a change: give {records, jobs, batches}, each a list`)
}

function isChange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { records, jobs, batches, ...rest } = value as Record<string, unknown>
  return (
    Object.keys(rest).length === 0 &&
    isListOf(records, isRecordWrite) &&
    isListOf(jobs, isJobRequest) &&
    isListOf(batches, isBatchRequest)
  )
}

/** `{recods}` of an object whose names say what is wrong. */
function whatIs(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? `{${Object.keys(value).join(', ').toWellFormed().slice(0, 80)}}` : shown(value)
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

function isBatchRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const { kind, jobs } = value as { kind: unknown; jobs?: unknown }
  return ['create', 'add', 'seal'].includes(kind as string) && isListOf(jobs, isJobRequest)
}
