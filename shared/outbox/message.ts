/** The message of a job for its lane, and the reasons why a job cannot be one. */
import { type Lane, laneGone } from '../define/lane.ts'
import type { Registry } from '../define/registry.ts'
import type { Outgoing } from '../lib/ports.ts'
import { type Envelope, longestDelay } from './envelope.ts'

/**
 * The reason why a job cannot be a message of a lane of some kind. One entry without a message group makes SQS refuse the
 * whole batch.
 */
export function unsendable({ lane, group }: Pick<Envelope, 'lane' | 'group'>, kind: Lane['kind']): string | undefined {
  if (kind === 'standard' || group !== undefined) return undefined
  return `lane "${lane}" is ordered, and the job has no group: make the lane standard again and deploy, or cancel the job and send it again with a group`
}

/**
 * The reason why a job cannot be sent to its lane as the lane is now; `undefined` if it can. Everything that sends to a
 * lane asks here first.
 */
export function sendProblem(
  { lanes }: Pick<Registry, 'lanes'>,
  envelope: Pick<Envelope, 'lane' | 'group'>,
): string | undefined {
  const kind = lanes.get(envelope.lane)?.kind
  return kind ? unsendable(envelope, kind) : laneGone(envelope.lane)
}

/** The reason why a job cannot run on its lane, although it can be sent there; `undefined` if it can, or its type is unknown. */
export function runProblem({ lanes, jobs }: Registry, { lane, type }: Envelope): string | undefined {
  const [limit, timeout] = [jobs.get(type)?.timeLimitSeconds ?? 0, lanes.get(lane)?.timeoutSeconds ?? 0]
  return limit > timeout - 2
    ? `the time limit of "${type}", ${limit} s, does not fit into the lane "${lane}", which ends after ${timeout} s: raise the lane's timeoutSeconds or lower the limit, and deploy`
    : undefined
}

export interface MessageOptions {
  /** Tells a deliberate second sending from a repetition, which an ordered lane drops. @default - it is the first */
  readonly sendKey?: string
  /** When the job may start on a standard lane, ISO 8601 UTC. @default - at its time to run */
  readonly dueAt?: string
}

/**
 * The message of a job.
 *
 * @throws Error for a job that is `unsendable`
 */
export function outgoing(
  envelope: Envelope,
  kind: Lane['kind'],
  now: Date,
  { sendKey = '', dueAt = envelope.runAt }: MessageOptions = {},
): Outgoing {
  const problem = unsendable(envelope, kind)
  if (problem) throw new Error(problem)
  const hasWaited = dueAt === envelope.runAt ? undefined : true
  const body = encodeMessage({ ...envelope, hasWaited })
  if (kind === 'ordered') return { body, groupId: envelope.group, dedupId: `${envelope.id}${sendKey}` }
  const wait = dueAt === undefined ? 0 : Math.ceil((Date.parse(dueAt) - now.getTime()) / 1000)
  return { body, groupId: envelope.tenant, delaySeconds: Math.min(Math.max(wait, 0), longestDelay) }
}

/** The body of a message. SQS refuses the two characters that XML does not know; JSON can write them otherwise. */
export function encodeMessage(value: unknown): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
}
