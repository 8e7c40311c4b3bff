import { availableParallelism } from 'node:os'
import type { LambdaFunction } from '../model.ts'
import type { Ending } from './ending.ts'
import type { FunctionProcess } from './process.ts'

/** A process that is free for one invocation, or why there is none. `initMs` is what its loading took, for its first invocation. */
export type Place =
  | { readonly ok: true; readonly process: FunctionProcess; readonly initMs: number }
  | { readonly ok: false; readonly reason: 'init'; readonly ending: Ending }
  | { readonly ok: false; readonly reason: 'stopped' }

export interface Pool {
  /** A free process of the function: a warm one, or the first that starts or becomes free. Give it back with `release`. */
  acquire(fn: LambdaFunction): Promise<Place>
  release(process: FunctionProcess): void
  list(): readonly { readonly fn: LambdaFunction; readonly process: FunctionProcess; readonly busy: boolean }[]
  kill(functionName: string): number
  /** Whatever is acquired from now on loads the function's code anew. A process that is busy ends when it is released. */
  replace(functionName: string): void
  stop(): Promise<void>
}

interface Member {
  readonly fn: LambdaFunction
  readonly process: FunctionProcess
  /** `stale`: starting or busy with code that was replaced. */
  state: 'starting' | 'busy' | 'idle' | 'stale'
  initMs: number
  idleTimer?: NodeJS.Timeout
}

interface Waiting {
  readonly fn: LambdaFunction
  readonly resolve: (place: Place) => void
}

/**
 * Keeps the processes of all functions. Where AWS would start as many as there are invocations, a machine is finite:
 * beyond `maxProcesses` an invocation waits for a free place instead of being throttled. Two rules keep this fair:
 * a function without any process may always start one, and idle processes of other functions make room.
 * No more processes load at a time than there are cores, for they would only slow each other down.
 */
export function createPool(settings: {
  start: (fn: LambdaFunction) => FunctionProcess
  maxProcesses: number
  idleMs: number
}): Pool {
  const members = new Map<FunctionProcess, Member>()
  const waiting: Waiting[] = []
  /** Also those that were told to end, until nothing is left of them. */
  const living = new Map<FunctionProcess, LambdaFunction>()
  const maxStarting = availableParallelism()
  let stopped = false

  const count = (holds: (member: Member) => boolean) => [...members.values()].filter(holds).length

  function hand(member: Member, to: Waiting): void {
    member.state = 'busy'
    clearTimeout(member.idleTimer)
    const { initMs } = member
    member.initMs = 0
    to.resolve({ ok: true, process: member.process, initMs })
  }

  /** The member is free: the longest waiting invocation of its function gets it, else it stays warm for a while. */
  function offer(member: Member): void {
    const next = waiting.findIndex(({ fn }) => fn === member.fn)
    const waits = next >= 0 ? waiting.splice(next, 1)[0] : undefined
    if (waits) {
      hand(member, waits)
      return
    }
    member.state = 'idle'
    member.idleTimer = setTimeout(() => end(member), settings.idleMs).unref()
    // Younger ones are asked first: move it to the end, so that superfluous processes grow old and end.
    members.delete(member.process)
    members.set(member.process, member)
  }

  function end(member: Member): void {
    clearTimeout(member.idleTimer)
    members.delete(member.process)
    member.process.kill()
  }

  function mayStart(fn: LambdaFunction): boolean {
    // The debugger's port is free again when nothing is left of the last process.
    if (fn.inspectPort) return ![...living.values()].includes(fn)
    if (count((member) => member.fn === fn) === 0) return true
    if (count(({ state }) => state === 'starting') >= maxStarting) return false
    if (members.size < settings.maxProcesses) return true
    const oldestIdle = [...members.values()].find(({ state }) => state === 'idle')
    if (oldestIdle) end(oldestIdle)
    return oldestIdle !== undefined
  }

  /** Starts processes for the invocations that wait, as far as the machine allows. */
  function startForWaiting(): void {
    const starting = new Map<LambdaFunction, number>()
    for (const { fn, state } of members.values()) {
      if (state === 'starting') starting.set(fn, (starting.get(fn) ?? 0) + 1)
    }
    for (const { fn } of [...waiting]) {
      const alreadyStarting = starting.get(fn) ?? 0
      if (alreadyStarting > 0) starting.set(fn, alreadyStarting - 1)
      else if (mayStart(fn)) void start(fn)
    }
  }

  async function start(fn: LambdaFunction): Promise<void> {
    const member: Member = { fn, process: settings.start(fn), state: 'starting', initMs: 0 }
    members.set(member.process, member)
    living.set(member.process, fn)
    void member.process.closed.then(() => forget(member))
    const ending = await member.process.init
    member.initMs = ending.durationMs
    if (member.state === 'stale') end(member)
    else if (ending.kind !== 'answered') fail(member, ending)
    else if (member.process.alive()) offer(member)
    else end(member)
    startForWaiting()
  }

  function fail(member: Member, ending: Ending): void {
    end(member)
    const next = waiting.findIndex(({ fn }) => fn === member.fn)
    if (next >= 0) waiting.splice(next, 1)[0]!.resolve({ ok: false, reason: 'init', ending })
  }

  function forget(member: Member): void {
    clearTimeout(member.idleTimer)
    living.delete(member.process)
    members.delete(member.process)
    startForWaiting()
  }

  return {
    acquire(fn) {
      if (stopped) return Promise.resolve({ ok: false, reason: 'stopped' })
      const { promise, resolve } = Promise.withResolvers<Place>()
      const warm = [...members.values()].findLast(
        (member) => member.fn === fn && member.state === 'idle' && member.process.alive(),
      )
      if (warm) hand(warm, { fn, resolve })
      else waiting.push({ fn, resolve })
      if (!warm) startForWaiting()
      return promise
    },
    release(process) {
      const member = members.get(process)
      if (!member) return
      if (process.alive() && member.state !== 'stale') offer(member)
      else end(member)
      if (waiting.length > 0) startForWaiting()
    },
    list: () => [...members.values()].map(({ fn, process, state }) => ({ fn, process, busy: state !== 'idle' })),
    kill(functionName) {
      const killed = [...members.values()].filter(({ fn }) => fn.name === functionName)
      for (const { process } of killed) process.kill()
      return killed.length
    },
    replace(functionName) {
      for (const member of [...members.values()].filter(({ fn }) => fn.name === functionName)) {
        if (member.state === 'idle') end(member)
        member.state = 'stale'
      }
      startForWaiting()
    },
    async stop() {
      stopped = true
      for (const { resolve } of waiting.splice(0)) resolve({ ok: false, reason: 'stopped' })
      for (const process of living.keys()) process.kill()
      await Promise.all([...living.keys()].map(({ closed }) => closed))
    },
  }
}
