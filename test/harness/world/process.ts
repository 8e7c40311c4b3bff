/** Simulated Lambda processes: a clock of their own, calls with a fate, and an end at any of them. */
import type { Clock } from '../../../shared/lib/ports.ts'
import type { Fate, Faults } from './faults.ts'
import { immediate, type PlayedCall, play, realistic } from './play.ts'
import type { Timeline } from './timeline.ts'

export interface Process {
  /** Processes are numbered in the order in which they begin. */
  readonly number: number
  readonly isAlive: boolean
  /** When its invocation ends at the latest, in ms of true time. */
  readonly deadline: number
  /** Its own idea of the time: off by up to half a second. */
  readonly clock: Clock
  /** Ends it at once, whatever else is at work in it. */
  die(): void
  /** What its SDK clients send through: some tries, as the SDK makes them. */
  call<T>(command: string, perform: () => Promise<T>): Promise<T>
  /** A job is at work. ms. */
  work(ms: number): Promise<void>
}

export type Ending<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'died' }

/** A call that waits until a driver decides on it. */
export interface HeldCall {
  readonly process: Process
  /** The command of the SDK, or `work` of a job. */
  readonly name: string
  /** What follows has happened once time has passed, be it by no ms. */
  play(fate: Fate): void
}

/** Gets each call before anything becomes of it. A process whose calls are held lives until its driver ends it. */
export type Hold = (call: HeldCall) => void

export interface Processes {
  /** How many are alive. */
  readonly alive: number
  /** Follows from all that happened: two runs with one fingerprint were the same run. */
  readonly fingerprint: number
  /** Runs an invocation to its end, or its process's. */
  invoke<T>(timeoutSeconds: number, main: (process: Process) => Promise<T>): Promise<Ending<T>>
  /** Ends all that are alive. */
  end(): void
}

export interface ProcessSettings {
  readonly timeline: Timeline
  readonly faults: Faults
  /** Who decides on calls. @default chance */
  readonly hold?: Hold
  /** Told of what a function throws. */
  readonly threw: (error: unknown) => void
}

/** Two clocks differ by less than the second that a lease outlives its invocation by. ms. */
const skew = 900
/** How long a zombie lives after its end. ms. */
const zombieLife = 120_000

export function createProcesses(settings: ProcessSettings): Processes {
  const { timeline, hold, threw } = settings
  const living = new Set<() => void>()
  let count = 0
  let fingerprint = 0
  const note = (value: number) => {
    fingerprint = (Math.imul(fingerprint ^ value, 0x01000193) + timeline.now()) | 0
  }

  function invoke<T>(timeoutSeconds: number, main: (process: Process) => Promise<T>): Promise<Ending<T>> {
    const life = { isAlive: true, isZombie: false }
    return new Promise((resolve) => {
      const end = (ending: Ending<T>) => {
        if (!life.isAlive) return
        life.isAlive = false
        living.delete(die)
        withdraw?.()
        note(ending.kind.length)
        if (ending.kind === 'threw') threw(ending.error)
        resolve(ending)
      }
      const die = () => end({ kind: 'died' })
      const timeUp = () => {
        if (life.isZombie) timeline.after(zombieLife, die)
        else die()
      }
      const withdraw = hold ? undefined : timeline.after(timeoutSeconds * 1000, timeUp)
      living.add(die)
      const process = createProcess({ ...settings, number: ++count, note, life, die }, timeoutSeconds)
      main(process).then(
        (value) => end({ kind: 'returned', value }),
        (error) => end({ kind: 'threw', error }),
      )
    })
  }

  return {
    get alive() {
      return living.size
    },
    get fingerprint() {
      return fingerprint
    },
    invoke,
    end() {
      for (const die of [...living]) die()
    },
  }
}

interface Around extends ProcessSettings {
  readonly number: number
  readonly note: (value: number) => void
  readonly life: { isAlive: boolean; isZombie: boolean }
  readonly die: () => void
}

function createProcess({ timeline, faults, hold, number, note, life, die }: Around, timeoutSeconds: number): Process {
  const offset = Math.round((faults.random() - 0.5) * skew)
  const around = { timeline, chance: faults, pace: hold ? immediate : realistic(faults) }
  const whileAlive =
    <A extends unknown[]>(action: (...args: A) => void) =>
    (...args: A) => {
      if (life.isAlive) action(...args)
    }
  const pause = (ms: number) => new Promise<void>((resume) => timeline.after(ms, whileAlive(resume)))
  const freeze = () => {
    life.isZombie = true
  }
  function once<R>(name: string, perform: () => Promise<R>): Promise<R> {
    if (!life.isAlive) return new Promise(() => {})
    return new Promise((answer, fail) => {
      const call: PlayedCall<R> = { perform, answer: whileAlive(answer), fail: whileAlive(fail), die, freeze }
      if (hold) return hold({ process, name, play: (fate) => play(fate, around, call) })
      const fate = faults.fate(name)
      note(fate.length + name.length)
      play(fate, around, call)
    })
  }
  const process: Process = {
    number,
    deadline: timeline.now() + timeoutSeconds * 1000,
    get isAlive() {
      return life.isAlive
    },
    die,
    clock: { now: () => new Date(timeline.now() + offset), sleep: pause, random: faults.random },
    // A driver that holds calls decides on the last of the tries.
    call: (command, perform) =>
      hold
        ? once(command, perform)
        : asTheSdk(
            () => once(command, perform),
            (n) => pause(50 * 2 ** n * faults.random()),
          ),
    work: (ms) => (hold ? once('work', async () => {}) : pause(ms)),
  }
  return process
}

const sdkTries = 3

/** The SDK tries again, after a moment, what was throttled, failed in the service, or got no answer. */
async function asTheSdk<R>(send: () => Promise<R>, pause: (attempt: number) => Promise<void>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (attempt === sdkTries || !(error as { isTransient?: boolean }).isTransient) throw error
    }
    await pause(attempt)
  }
}
