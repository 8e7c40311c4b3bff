import type { LambdaFunction } from '../model.ts'
import {
  end,
  hand,
  membersOf,
  offer,
  type Place,
  type PoolSettings,
  type State,
  startForWaiting,
} from './pool-members.ts'
import type { FunctionProcess } from './process.ts'

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

/**
 * Keeps the processes of all functions. Where AWS would start as many as there are invocations, a machine is finite:
 * beyond `maxProcesses` and `maxOfFunction` an invocation waits for a free place instead of being throttled. Two rules keep
 * this fair: a function without any process may always start one, and idle processes of other functions make room.
 */
export function createPool(settings: PoolSettings): Pool {
  const state: State = { settings, members: new Map(), waiting: [], living: new Map(), stopped: false }
  return {
    acquire: (fn) => acquire(state, fn),
    release: (process) => release(state, process),
    list: () => [...state.members.values()].map(({ fn, process, state }) => ({ fn, process, busy: state !== 'idle' })),
    kill(functionName) {
      const killed = membersOf(state, functionName)
      for (const { process } of killed) process.kill()
      return killed.length
    },
    replace(functionName) {
      for (const member of membersOf(state, functionName)) {
        if (member.state === 'idle') end(state, member)
        member.state = 'stale'
      }
      startForWaiting(state)
    },
    stop: () => stop(state),
  }
}

function acquire(state: State, fn: LambdaFunction): Promise<Place> {
  if (state.stopped) return Promise.resolve({ ok: false, reason: 'stopped' })
  const { promise, resolve } = Promise.withResolvers<Place>()
  const warm = [...state.members.values()].findLast(
    (member) => member.fn === fn && member.state === 'idle' && member.process.alive(),
  )
  if (warm) hand(warm, { fn, resolve })
  else state.waiting.push({ fn, resolve })
  if (!warm) startForWaiting(state)
  return promise
}

function release(state: State, process: FunctionProcess): void {
  const member = state.members.get(process)
  if (!member) return
  if (process.alive() && member.state !== 'stale') offer(state, member)
  else end(state, member)
  if (state.waiting.length > 0) startForWaiting(state)
}

async function stop(state: State): Promise<void> {
  state.stopped = true
  for (const { resolve } of state.waiting.splice(0)) resolve({ ok: false, reason: 'stopped' })
  for (const process of state.living.keys()) process.kill()
  await Promise.all([...state.living.keys()].map(({ closed }) => closed))
}
