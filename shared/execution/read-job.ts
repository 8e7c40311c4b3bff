/** Reads a job from its envelope: its type, and its payload as the type knows it today. */
import { errorLine, NotDeployedError, PermanentError } from '../define/errors.ts'
import type { JobType } from '../define/job.ts'
import type { Lane } from '../define/lane.ts'
import { keyOfLimit } from '../define/rate-limit.ts'
import type { Registry } from '../define/registry.ts'
import type { Envelope } from '../outbox/envelope.ts'
import { problemLine, problemOf } from '../outbox/job-problem.ts'

/** Whether an invocation of a lane has time for an attempt: 2 s are kept for the start and the commit. */
export function fitsLane(timeLimitSeconds: number, lane: Pick<Lane, 'timeoutSeconds'> | undefined): boolean {
  return lane === undefined || timeLimitSeconds <= lane.timeoutSeconds - 2
}

/** The type of a job and its payload, brought up to the type's version and checked. */
export function readJob(envelope: Envelope, registry: Registry): { type: JobType; payload: unknown } {
  const type = registry.jobs.get(envelope.type)
  if (!type)
    throw new NotDeployedError(
      `job type "${envelope.type}" is unknown to this version of the code; deploy the code that has it`,
    )
  if (envelope.version > type.version) {
    throw new NotDeployedError(
      `"${type.type}" has a payload of version ${envelope.version}, this code knows ${type.version}; deploy the newer code`,
    )
  }
  const lane = registry.lanes.get(envelope.lane)
  if (!fitsLane(type.timeLimitSeconds, lane)) {
    throw new PermanentError(
      `"${type.type}" may run ${type.timeLimitSeconds} s, which no longer fits into lane "${envelope.lane}" (at most ${(lane?.timeoutSeconds ?? 2) - 2} s); lower timeLimitSeconds or raise the lane's timeoutSeconds, deploy, then redrive`,
    )
  }
  const upgraded =
    envelope.version < type.version && type.upgrade
      ? type.upgrade(envelope.payload, envelope.version)
      : envelope.payload
  const parsed = type.schema.safeParse(upgraded)
  if (!parsed.success) {
    throw new PermanentError(
      `the payload does not fit the schema of "${type.type}": ${problemLine(parsed.error.issues.map((issue) => problemOf(issue)))}`,
    )
  }
  try {
    if (type.rateLimit) keyOfLimit(type.rateLimit, parsed.data)
  } catch (error) {
    throw new PermanentError(`the rate limit of "${type.type}" has no key for the payload: ${errorLine(error)}`)
  }
  return { type, payload: parsed.data }
}
