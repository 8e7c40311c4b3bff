/** The processes of a pool, from their start to their end, and the invocations that wait for one. */
import { availableParallelism } from 'node:os'
import type { LambdaFunction } from '../model.ts'
import type { Ending } from './ending.ts'
import type { FunctionProcess } from './process.ts'

/** A process that is free for one invocation, or why there is none. `initMs` is what its loading took, for its first invocation. */
export type Place =
  | { readonly ok: true; readonly process: FunctionProcess; readonly initMs: number }
  | { readonly ok: false; readonly reason: 'init'; readonly ending: Ending }
  | { readonly ok: false; readonly reason: 'stopped' }

export interface Member {
  readonly fn: LambdaFunction
  readonly process: FunctionProcess
  /** `stale`: starting or busy with code that was replaced. */
  state: 'starting' | 'busy' | 'idle' | 'stale'
  initMs: number
  idleTimer?: NodeJS.Timeout
}

export interface Waiting {
  readonly fn: LambdaFunction
  readonly resolve: (place: Place) => void
}

export interface PoolSettings {
  readonly start: (fn: LambdaFunction) => FunctionProcess
  /** Processes of all functions. */
  readonly maxProcesses: number
  /** Processes of one function. */
  readonly maxOfFunction: number
  /** How long a process without work stays warm, in ms. */
  readonly idleMs: number
}

export interface State {
  readonly settings: PoolSettings
  /** The youngest last: it is asked first, so that superfluous processes grow old and end. */
  readonly members: Map<FunctionProcess, Member>
  readonly waiting: Waiting[]
  /** Also those that were told to end, until nothing is left of them. */
  readonly living: Map<FunctionProcess, LambdaFunction>
  stopped: boolean
}

/** Processes that load at a time: more would only slow each other down. */
const maxStarting = availableParallelism()

export function membersOf({ members }: State, functionName: string): Member[] {
  return [...members.values()].filter(({ fn }) => fn.name === functionName)
}

/** The invocation of a function that has waited longest; it does not wait any more. */
export function nextWaiting({ waiting }: State, fn: LambdaFunction): Waiting | undefined {
  const next = waiting.findIndex((one) => one.fn === fn)
  return next < 0 ? undefined : waiting.splice(next, 1)[0]
}

export function hand(member: Member, to: Waiting): void {
  member.state = 'busy'
  clearTimeout(member.idleTimer)
  const { initMs } = member
  member.initMs = 0
  to.resolve({ ok: true, process: member.process, initMs })
}

/** The member is free: the longest waiting invocation of its function gets it, else it stays warm for a while. */
export function offer(state: State, member: Member): void {
  const waits = nextWaiting(state, member.fn)
  if (waits) {
    hand(member, waits)
    return
  }
  member.state = 'idle'
  member.idleTimer = setTimeout(() => end(state, member), state.settings.idleMs).unref()
  state.members.delete(member.process)
  state.members.set(member.process, member)
}

export function end({ members }: State, member: Member): void {
  clearTimeout(member.idleTimer)
  members.delete(member.process)
  member.process.kill()
}

function mayStart(state: State, fn: LambdaFunction): boolean {
  const { members, living, settings } = state
  // The debugger's port is free again when nothing is left of the last process.
  if (fn.inspectPort) return ![...living.values()].includes(fn)
  const all = [...members.values()]
  const own = all.filter((member) => member.fn === fn).length
  if (own === 0) return true
  if (own >= settings.maxOfFunction) return false
  if (all.filter((member) => member.state === 'starting').length >= maxStarting) return false
  if (all.length < settings.maxProcesses) return true
  const oldestIdle = all.find((member) => member.state === 'idle')
  if (oldestIdle) end(state, oldestIdle)
  return oldestIdle !== undefined
}

/** Starts processes for the invocations that wait, as far as the machine allows. */
export function startForWaiting(state: State): void {
  const starting = new Map<LambdaFunction, number>()
  for (const member of state.members.values()) {
    if (member.state === 'starting') starting.set(member.fn, (starting.get(member.fn) ?? 0) + 1)
  }
  for (const { fn } of [...state.waiting]) {
    const alreadyStarting = starting.get(fn) ?? 0
    if (alreadyStarting > 0) starting.set(fn, alreadyStarting - 1)
    else if (mayStart(state, fn)) void start(state, fn)
  }
}

async function start(state: State, fn: LambdaFunction): Promise<void> {
  const member: Member = { fn, process: state.settings.start(fn), state: 'starting', initMs: 0 }
  state.members.set(member.process, member)
  state.living.set(member.process, fn)
  void member.process.closed.then(() => forget(state, member))
  const ending = await member.process.init
  member.initMs = ending.durationMs
  if (member.state === 'stale') end(state, member)
  else if (ending.kind !== 'answered') fail(state, member, ending)
  else if (member.process.alive()) offer(state, member)
  else end(state, member)
  startForWaiting(state)
}

function fail(state: State, member: Member, ending: Ending): void {
  end(state, member)
  nextWaiting(state, member.fn)?.resolve({ ok: false, reason: 'init', ending })
}

function forget(state: State, member: Member): void {
  clearTimeout(member.idleTimer)
  state.living.delete(member.process)
  state.members.delete(member.process)
  startForWaiting(state)
}
